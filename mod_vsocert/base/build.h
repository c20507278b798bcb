/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VSO_BUILD_H
#define VSO_BUILD_H

/** The module's version, as GET /status and the server log say it. */
#define VSO_VERSION "0.1.0"

#endif

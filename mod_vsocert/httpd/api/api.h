/* SPDX-License-Identifier: Apache-2.0 */
/** The handler of the JSON API under VSOCERT_API_BASE. */
#ifndef VSOCERT_API_H
#define VSOCERT_API_H

#include <httpd.h>

/** Content handler for "vsocert-api". */
int vsocert_api_handler(request_rec *r);

#endif

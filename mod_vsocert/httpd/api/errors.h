/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Problem documents for what httpd itself refuses below the API, before or
 * instead of its handler.
 */
#ifndef VSOCERT_ERRORS_H
#define VSOCERT_ERRORS_H

/** Register the hook and the filter. */
void vsocert_errors_register(void);

#endif

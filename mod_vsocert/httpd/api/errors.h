/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What httpd itself refuses below the API, before or instead of its handler,
 * as problem documents too.
 */
#ifndef VSOCERT_ERRORS_H
#define VSOCERT_ERRORS_H

/** Register the hook and the filter. */
void vsocert_errors_register(void);

#endif

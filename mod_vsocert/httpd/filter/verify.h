/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VSOCertVerifyPackages: uploads to other applications are taken in whole
 * before the application hears of them. What holds a package that is damaged,
 * or signed by somebody who is not trusted, is answered here; all else is
 * handed on byte for byte.
 */
#ifndef VSOCERT_FILTER_VERIFY_H
#define VSOCERT_FILTER_VERIFY_H

/** Register filter and handler (called with the other hooks). */
void vsocert_verify_register(void);

#endif

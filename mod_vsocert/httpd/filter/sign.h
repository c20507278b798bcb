/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VSOCertSignPackages: signs every .package that another application answers a
 * GET with. A package that cannot be signed is replaced by a problem document.
 */
#ifndef VSOCERT_FILTER_SIGN_H
#define VSOCERT_FILTER_SIGN_H

/** Register filter and hook (called with the other hooks). */
void vsocert_sign_register(void);

#endif

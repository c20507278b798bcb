/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VSOCertSignPackages: every .package that other applications answer a GET
 * with is signed on its way out. What cannot be signed is answered with a
 * problem document instead.
 */
#ifndef VSOCERT_FILTER_SIGN_H
#define VSOCERT_FILTER_SIGN_H

/** Register filter and hook (called with the other hooks). */
void vsocert_sign_register(void);

#endif

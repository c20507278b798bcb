/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VSOCertVerifyPackages: reads uploads to another application in full before
 * the application gets the request. An upload with a package that is damaged,
 * or whose signer is not trusted, is refused here; all else is passed on byte
 * for byte.
 */
#ifndef VSOCERT_FILTER_VERIFY_H
#define VSOCERT_FILTER_VERIFY_H

/** Register filter and handler (called with the other hooks). */
void vsocert_verify_register(void);

#endif

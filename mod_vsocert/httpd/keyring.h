/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The master keys, read as root before privileges drop.
 */
#ifndef VSOCERT_KEYRING_H
#define VSOCERT_KEYRING_H

#include <httpd.h>

#include "store/seal.h"

/**
 * Read what VSOCertMasterKey names: 32 raw bytes, 64 hex digits, or base64 of
 * 32 bytes. A key that cannot be read is logged and ignored: the server starts,
 * and without any key the API answers `sealed`.
 */
void vsocert_keyring_load(server_rec *main_server, apr_pool_t *pconf);

/** The keyring of this process, maybe empty, never NULL. */
const vso_keyring_t *vsocert_keyring_get(void);

/** The keys that sessions of the console are made with: the keyring, so that
 * a fleet shares them; where it is empty, a random key of this start, so that
 * somebody can sign in and read why. NULL: there are no random bytes. */
const vso_keyring_t *vsocert_keyring_sessions(void);

#endif

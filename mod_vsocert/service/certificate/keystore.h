/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The keystore as a whole: certificate databases in and out, master-key
 * change-over, restored backups.
 */
#ifndef VSO_SERVICE_KEYSTORE_H
#define VSO_SERVICE_KEYSTORE_H

#include "base/secret.h"
#include "keyfile/keyfile.h"
#include "service/context.h"
#include "service/certificate/version_row.h"

/** What to import. */
typedef struct {
    const vso_keyfile_entry_t *held; /**< what the server has loaded from other
                                          files is adopted; NULL: the file */
    const unsigned char *data;
    apr_size_t len;
    const vso_secret_t *password;
    const vso_secret_t *key_password; /**< NULL: the same */
    const char *alias;                /**< in the file; NULL: the only key */
    int replace;                      /**< a certificate is active already, or
                                           this one is there and the file has
                                           its better chain */
    int beside;                       /**< the same, beside one of the other
                                           algorithm */
    int passive;                      /**< for packages only: not served */
    int preview;                      /**< change nothing */
} vso_import_spec_t;

/** What was, or would be, imported. */
typedef struct {
    const vso_keyfile_t *file; /**< set as soon as the file was read, also on
                                    CHOOSE_ALIAS; or NULL */
    vso_version_t *version;    /**< as it became or would; NULL in a preview of
                                    several keys without alias */
    vso_material_t material;
    apr_array_header_t *chains; /**< vso_chain_update_t *: the certificate is a
                                     version already, and gets this chain; NULL
                                     or empty: it is new */
} vso_keystore_imported_t;

/**
 * Import a certificate database. Without replace and passive only while no
 * certificate is active. A certificate that is a version already needs replace,
 * and gets the file's chain where that is a better one.
 * @param imported  partly set on failure too, see there
 * @param res       what vso_keyfile_read reports; CERTIFICATE_EXISTS;
 *                 CHOOSE_ALIAS; KEY_MISMATCH; WEAK_KEY; SLOW_DOWN;
 *                 KEY_NOT_EXPORTABLE of a held key
 */
apr_status_t vso_keystore_import(const vso_context_t *ctx,
                                 const vso_import_spec_t *spec,
                                 vso_keystore_imported_t *imported,
                                 vso_outcome_t *outcome, vso_result_t *res);

/**
 * Export a version as a certificate database; recorded, as a key leaves.
 * INVALID for a password below VSO_MIN_PASSWORD characters.
 * @param version_id  0: the active version
 * @param format      NULL: the default, see vso_keyfile_formats
 */
apr_status_t vso_keystore_export(const vso_context_t *ctx,
                                 apr_int64_t version_id, const char *format,
                                 const vso_secret_t *password,
                                 vso_secret_t **pdata, vso_outcome_t *outcome,
                                 vso_result_t *res);

/** Seal every key anew under the first master key, in one change. *pcount:
 * keys that were sealed with another one. */
apr_status_t vso_keystore_reseal(const vso_context_t *ctx, int *pcount,
                                 vso_outcome_t *outcome, vso_result_t *res);

/** Accept that the database is an older backup, or that rows went or came back:
 * what it holds is served from now on, but for rows that fail their MAC.
 * WRONG_STATE where it is not older and all rows are there. */
apr_status_t vso_keystore_accept_restore(const vso_context_t *ctx,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res);

/** When a version was last exported. *pat_sec: 0 for never. */
apr_status_t vso_keystore_last_export(const vso_context_t *ctx,
                                      apr_int64_t version_id,
                                      apr_int64_t *pat_sec, vso_result_t *res);

#endif

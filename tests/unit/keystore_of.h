/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A database with one of the keystores of keystores.h.
 */
#ifndef VSO_TEST_KEYSTORE_OF_H
#define VSO_TEST_KEYSTORE_OF_H

#include "keystores.h"
#include "store_util.h"

/** A database with a keystore of this schema version. */
static inline const char *keystore_of(int version)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    const char *const *sql;
    int i;

    for (i = 0; i < version; i++) {
        for (sql = keystore_parts[i].step; *sql; sql++) {
            if (strstr(*sql, "DROP DEFAULT") &&
                vso_db_dialect(db)->keeps_defaults) {
                continue;
            }
            assert_ok(vso_db_run(
                db, vso_dialect_expand(vso_db_dialect(db), *sql, pool), res,
                pool));
        }
        for (sql = keystore_parts[i].rows; *sql; sql++) {
            assert_ok(vso_db_run(db, *sql, res, pool));
        }
    }
    plain_sql(path,
              apr_psprintf(pool,
                           "UPDATE vmo_keystore_state SET schema_version = %d",
                           version));
    return path;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SQLite's database file. SQLite goes on with a file that was replaced or
 * removed under it, and what is written then is lost. Opening the new file
 * beside it is no way out, as the journal of the old one still stands there.
 * So the database is refused until the file is in its place again.
 */
#ifndef VSOCERT_SQLITE_FILE_H
#define VSOCERT_SQLITE_FILE_H

#include <httpd.h>

#include "base/result.h"

/** The file that a connection has open. */
typedef struct {
    const char *path; /**< NULL: not there when the connection was made */
    apr_dev_t device;
    apr_ino_t inode;
} vsocert_sqlite_file_t;

/** httpd (re)started: the first file that is checked is the database from now
 * on (parent, post_config). */
apr_status_t vsocert_sqlite_file_setup(void);

/**
 * A connection was made: note its file.
 * @param res  DATABASE where SQLite has just made the file, and the journal of
 *             another is beside it: the first statement would take that for
 *             its own
 */
apr_status_t vsocert_sqlite_file_note(vsocert_sqlite_file_t *file,
                                      const char *path, vso_result_t *res,
                                      apr_pool_t *p);

/** Before a connection is used. @param res  DATABASE where the file is not in
 * its place any more */
apr_status_t vsocert_sqlite_file_check(const vsocert_sqlite_file_t *file,
                                       vso_result_t *res, apr_pool_t *p);

/** Before a connection is asked for: SQLite would make an empty file in the
 * place of the one that was moved away. @param res  DATABASE */
apr_status_t vsocert_sqlite_file_check_place(vso_result_t *res, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where the replica lies: in the file that VSOCertCache names; in a private
 * one, which goes when httpd stops, where that is off or cannot be used here.
 */
#ifndef VSOCERT_SHARED_REPLICA_FILE_H
#define VSOCERT_SHARED_REPLICA_FILE_H

#include <httpd.h>

/**
 * Choose it (parent, post_config): make the folder of VSOCertCache (0700, owned
 * by User) where it is missing, hold the file against another httpd, and set a
 * cache file of an older format aside. What stands in the way is logged.
 */
apr_status_t vsocert_replica_file_setup(server_rec *main_server,
                                        apr_pool_t *pconf);

/** The file that VSOCertCache names; NULL: it is off, or cannot be used. */
const char *vsocert_replica_file_path(void);

/** The private one; NULL: its folder could not be made (logged). */
const char *vsocert_replica_file_private(void);

/** Why VSOCertCache cannot be used; NULL: it can, or is off. */
const char *vsocert_replica_file_why(void);

/** A cache file of the format before, or NULL. */
const char *vsocert_replica_file_old(void);

#endif

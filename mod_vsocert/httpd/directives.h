/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The table of directives (VSOCert...).
 */
#ifndef VSOCERT_DIRECTIVES_H
#define VSOCERT_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

/** For the module record. */
extern const command_rec vsocert_directives[];

#endif

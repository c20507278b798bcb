/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The module record, for everybody who looks up its configuration.
 */
#ifndef VSOCERT_MODULE_H
#define VSOCERT_MODULE_H

#include <httpd.h>
#include <http_config.h>

extern module AP_MODULE_DECLARE_DATA vsocert_module;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The numbers of this node for those who watch it: Prometheus text (format
 * 0.0.4) at a location with the handler vsocert-metrics, and lines in
 * mod_status's text form.
 */
#ifndef VSOCERT_API_METRICS_H
#define VSOCERT_API_METRICS_H

#include <httpd.h>

/** Content handler for "vsocert-metrics". */
int vsocert_metrics_handler(request_rec *r);

/** Register for mod_status, where that is loaded. */
void vsocert_metrics_register(void);

#endif

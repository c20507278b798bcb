/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Says in the log that a row was edited: each once, as long as a process
 * remembers it.
 */
#ifndef VSO_ROW_LOG_H
#define VSO_ROW_LOG_H

#include "store/tables.h"

/** A row does not have the MAC of what is in it.
 * @param values  a text for each column */
void vso_row_log_forged(const vso_table_t *table, const char *const *values);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Header fields with parameters, as applications write them: Content-Type
 * (RFC 9110, 8.3.1), Content-Disposition (RFC 6266). Reading never fails; what
 * is not well-formed is read as generously as browsers do it.
 */
#ifndef VSO_MIME_H
#define VSO_MIME_H

#include <apr_pools.h>

/** A copy without blanks at its ends. */
char *vso_mime_trim(const char *from, apr_size_t len, apr_pool_t *p);

/**
 * The next parameter of a field.
 * @param pat     the field at first; where to go on afterwards
 * @param pname   in lower case, a '*' at its end included (RFC 8187)
 * @param pvalue  without its quotes; "" where there is none
 * @return 0 behind the last one
 */
int vso_mime_next(const char **pat, const char **pname, const char **pvalue,
                  apr_pool_t *p);

/** 1 where a field is of this media type ("multipart/form-data"), or of one
 * whose type this is the beginning of ("multipart/"), whatever follows.
 * @param field  NULL: 0 */
int vso_mime_is(const char *field, const char *type);

/** 1 where any "filename" or "filename*" of a Content-Disposition ends so, in
 * upper or lower case.
 * @param field   NULL: 0
 * @param suffix  ".package" */
int vso_mime_filename_ends(const char *field, const char *suffix,
                           apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What stands in front of a zip's central directory: local headers, data, data
 * descriptors (PKWARE APPNOTE 6.3.x, 4.3.7 to 4.3.9).
 */
#ifndef VSO_ZIP_LOCAL_H
#define VSO_ZIP_LOCAL_H

#include "package/zip_bytes.h"
#include "package/zip_entry.h"

/* General purpose bits of 4.4.4. */
#define VSO_ZIP_ENCRYPTED  0x0001
#define VSO_ZIP_LEVEL      0x0006 /* how hard deflate tried */
#define VSO_ZIP_DESCRIPTOR 0x0008
#define VSO_ZIP_UTF8       0x0800
#define VSO_ZIP_KNOWN      (VSO_ZIP_LEVEL | VSO_ZIP_DESCRIPTOR | VSO_ZIP_UTF8)

/**
 * The local parts stand one behind the other, from the first byte to the
 * central directory, and say what the records say.
 * @param directory  where the central directory begins
 * @param records    vso_zip_record_t *
 */
apr_status_t vso_zip_check_locals(vso_zip_window_t *window,
                                  apr_int64_t directory,
                                  const apr_array_header_t *records);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Skips the one kind of Java object that a JCEKS file holds: a SealedObject
 * (Java Object Serialization Specification, 6.4.2). It stands in the file
 * without a length, so that it has to be understood to find its end; nothing
 * of it is used.
 */
#ifndef VSO_KEYFILE_JAVASER_H
#define VSO_KEYFILE_JAVASER_H

#include "base/bytes.h"

/**
 * Skip a serialised javax.crypto.SealedObject or a subclass of it that adds
 * no data. Accepts byte arrays and strings as fields, no custom data and no
 * other class.
 * @param in  moved behind the object; bad where it is anything else
 */
void vso_javaser_skip_sealed(vso_bytes_t *in);

#endif

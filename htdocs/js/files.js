// SPDX-License-Identifier: Apache-2.0
// Files that come from the person's machine, and go there.
import { Problem } from './http.js';

/** Hand a file to the browser's downloads. */
export function save(file) {
    const link = document.createElement('a');
    const url = URL.createObjectURL(file.blob);

    link.href = url;
    link.download = file.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** A file's bytes in base64, as the API takes them. */
export function base64(file) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();

        reader.onload = () => resolve(
            reader.result.slice(reader.result.indexOf(',') + 1));
        reader.onerror = () => reject(new Problem('file-unreadable'));
        reader.readAsDataURL(file);
    });
}

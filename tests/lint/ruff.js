// SPDX-License-Identifier: Apache-2.0
// ruff over Python files, by its build for Node.
// Usage: node ruff.js FILE...
import { readFileSync } from 'node:fs';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';

// pyflakes, pycodestyle, bugbear, noqa that nothing needs; but for functions
// in loops, which are called there, zip of lists that are equally long, and
// the name l.
const SETTINGS = {
    'line-length': 88,
    'target-version': 'py311',
    lint: {
        select: ['F', 'E', 'W', 'B', 'RUF100'],
        ignore: ['B023', 'B905', 'E741'],
    },
};

const workspace = new Workspace(SETTINGS, PositionEncoding.Utf32);
let found = 0;

for (const path of process.argv.slice(2)) {
    for (const one of workspace.check(readFileSync(path, 'utf8'))) {
        const { row, column } = one.start_location;

        console.log(`${path}:${row}:${column}: ${one.code} ${one.message}`);
        found += 1;
    }
}
process.exit(found ? 1 : 0);

// SPDX-License-Identifier: Apache-2.0
// The only module that names the packages of vendor/.
import { h } from '../vendor/preact-11.2.0.js';
import htm from '../vendor/htm-3.1.1.js';

export { render } from '../vendor/preact-11.2.0.js';
export {
    useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from '../vendor/hooks-11.2.0.js';
export const html = htm.bind(h);

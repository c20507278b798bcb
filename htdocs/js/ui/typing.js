// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from '../lib.js';

const PAUSE_MS = 300;

/**
 * A text that counts once its typing pauses.
 * @param value  the text that counts; it may change from elsewhere
 * @return {text, type(text), now()}: now: it counts at once
 */
export function useTyping(value, onValue) {
    const [text, setText] = useState(value);
    const sent = useRef(value);
    const timer = useRef(null);
    const send = (typed) => {
        clearTimeout(timer.current);
        sent.current = typed.trim();
        onValue(sent.current);
    };

    useEffect(() => {
        if (value !== sent.current) {
            clearTimeout(timer.current);
            sent.current = value;
            setText(value);
        }
    }, [value]);
    useEffect(() => () => clearTimeout(timer.current), []);
    return {
        text,
        type(typed) {
            setText(typed);
            clearTimeout(timer.current);
            timer.current = setTimeout(() => send(typed), PAUSE_MS);
        },
        now: () => send(text),
    };
}

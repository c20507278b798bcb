// SPDX-License-Identifier: Apache-2.0
// Import certificate signing request signed by CA.
import { html, useEffect, useRef, useState } from '../lib.js';
import { base64, call } from '../api.js';
import { useDraft } from '../drafts.js';
import { t } from '../i18n.js';
import { change, confirmServed, panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { FileField } from '../ui/file.js';
import { Field, Form } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { whyNot } from '../parts/actions.js';
import { hasOther, PlaceField, PlaceNote } from '../parts/place.js';
import { chainNote, Preview } from './preview.js';
import { Procedure, Unavailable, useTag } from './procedure.js';

const MAX_BYTES = 1024 * 1024;

async function bodyOf(values) {
    const reply = values.file ? await base64(values.file) : values.text;

    return values.place === 'replace' ? { reply, replace: true } : { reply };
}

export default function Reply() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const [values, set, drop] = useDraft('reply',
        { file: null, text: '', place: 'beside' });
    const [preview, setPreview] = useState(null);
    const result = useRef(null);
    const look = useAction(async ({ signal, onProgress }) => {
        const body = { ...await bodyOf(values), preview: true };
        const answer = await call('POST', '/certificate/reply',
            { signal, onProgress, body });

        setPreview(answer.data);
        announce(t('preview.ready'));
    });
    const activate = useAction(async ({ signal, onProgress }) => {
        const done = await change('POST', '/certificate/reply',
            { signal, onProgress, etag: tag.tag, body: await bodyOf(values) });

        drop();
        if (done.certificate.state === 'passive') {
            go('versions', done.certificate.id);
            announce(t('chain.done'));
            return;
        }
        go('certificate');
        confirmServed(done.certificate.fingerprint,
            t(done.chainUpdates ? 'chain.done' : 'reply.done'));
    });
    const why = whyNot('reply', data.actions.reply, data.state);
    const updates = preview?.chainUpdates;
    const goText = t(updates ? 'chain.go' : 'reply.go');
    const edit = (patch) => {
        set(patch);
        setPreview(null);
        look.clear();
        activate.clear();
    };

    useEffect(() => {
        if (preview) {
            result.current.querySelector('h2').focus();
        }
    }, [preview]);
    if (why && !activate.busy) {
        return html`<${Procedure} name="reply"><${Unavailable} why=${why}
            links=${['create', 'request']} /><//>`;
    }
    return html`<${Procedure} name="reply" tag=${tag} action=${activate}>
        <${Form} action=${look} fields=${['reply']} label=${t('do.reply')}
            onSubmit=${() => look.run()}>
            <div class="card">
            <${FileField} name=${values.file || !values.text ? 'reply' : 'file'}
                label=${t('reply.file')} help=${t('reply.file.help')}
                action=${look} file=${values.file} max=${MAX_BYTES}
                drop=${t('reply.drop')}
                accept=".pem,.crt,.cer,.der,.p7b,.p7c,.txt"
                onFile=${(file) => edit({ file, text: '' })} />
            ${!values.file && html`<${Field}
                name=${values.text ? 'reply' : 'text'} action=${look}
                label=${t('reply.text')} help=${t('reply.text.help')}>${
        (props) => html`<textarea ...${props} rows="6" class="pem"
                    spellcheck=${false} value=${values.text}
                    placeholder="-----BEGIN CERTIFICATE-----"
                    onInput=${(event) => edit({ text: event.target.value })}>
                </textarea>`}<//>`}
            <${Run} action=${look} disabled=${!values.file &&
        !values.text.trim()} kind=${preview ? 'secondary' : 'primary'}
                busyText=${t('preview.busy')}>${t('preview.go')}<//>
            </div>
        <//>
        <div ref=${result}>${preview && html`
            <${Preview} cert=${preview.certificate} trial=${preview.trial}
                updates=${updates} note=${updates ? chainNote(updates)
        : t('reply.pairs', { n: preview.pairsWith.version,
            state: t(`state.${preview.pairsWith.state}`) })} />
            <${Form} action=${activate} label=${goText}
                onSubmit=${() => activate.run()}>
                ${!updates && hasOther(data, preview.certificate.key) && html`
                    <${PlaceField} value=${values.place} action=${activate}
                        onValue=${(place) => set({ place })} />`}
                ${!updates && html`<${PlaceNote} data=${data}
                    newKey=${preview.certificate.key} place=${values.place} />`}
                <div class="buttons">
                <${Run} action=${activate} disabled=${tag.stale}
                    busyText=${t('activate.busy')}>${goText}<//>
                <a href=${href('certificate')}>${t('cancel')}</a></div>
            <//>`}</div><//>`;
}

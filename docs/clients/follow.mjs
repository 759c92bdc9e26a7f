// SPDX-License-Identifier: Apache-2.0

// Submits a workflow, follows its job until it has ended, however often the connection is lost, and fetches the pictures.
//     node follow.mjs http://127.0.0.1:8410 contact-sheet '{"columns": 2}'
// Node 22, or Node 20 with --experimental-websocket. No package is needed; all but the files works in a browser, too.
// A connection can end without a word, so each is left after ten seconds: coming back costs nothing.

import { writeFile } from 'node:fs/promises';

const [server, workflow, inputs = '{}'] = process.argv.slice(2);
const token = process.env.DIPTYCH_TOKEN;
const call = async (path, body) => {
  const answer = await fetch(`${server}/api/v1/${path}`, { method: body ? 'POST' : 'GET', body, headers: token ? { Authorization: `Bearer ${token}` } : {} });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
};
const { id } = await (await call('jobs', JSON.stringify({ workflow, inputs: JSON.parse(inputs) }))).json();
let [state, seen] = ['', 0]; // seen: the number of the last event that came in
while (!['succeeded', 'failed', 'cancelled'].includes(state)) {
  const socket = new WebSocket(`${server.replace('http', 'ws')}/api/v1/events`);
  await new Promise((end) => {
    socket.onopen = () => [...(token ? [{ token }] : []), { subscribe: id, since: seen }].forEach((each) => socket.send(JSON.stringify(each)));
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return; // a preview: four bytes with the length of a JSON header, the header, a JPEG
      console.log(data);
      const event = JSON.parse(data);
      seen = event.seq ?? seen; // progress has none
      state = event.kind === 'error' ? 'failed' : ((event.snapshot ?? event).state ?? state);
      if (['succeeded', 'failed', 'cancelled'].includes(state)) end();
    };
    socket.onclose = socket.onerror = () => setTimeout(end, 500);
    setTimeout(end, 10_000);
  });
  socket.close();
}
for (const [name, { type, value }] of Object.entries((await (await call(`jobs/${id}`)).json()).outputs)) {
  if (type === 'image') await writeFile(`${name}.png`, Buffer.from(await (await call(value.replace('asset:', 'assets/'))).arrayBuffer()));
}
process.exit(state === 'succeeded' ? 0 : 1);

// SPDX-License-Identifier: Apache-2.0

// Submits a workflow, follows its job until it has ended, however often the connection is lost, and fetches the pictures.
//     node follow.mjs http://127.0.0.1:8410 contact-sheet '{"columns": 2}'
// Node 22, or Node 20 with --experimental-websocket. No package is needed; all but the files works in a browser, too.

import { writeFile } from 'node:fs/promises';

const [server, workflow, inputs = '{}'] = process.argv.slice(2);
const token = process.env.DIPTYCH_TOKEN;
let seen = 0; // number of the last event that came in
let state = '';
const isOver = () => ['succeeded', 'failed', 'cancelled'].includes(state);

async function call(path, body) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(server + path, { method: body ? 'POST' : 'GET', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

const follow = (job) => new Promise((over) => {
  const socket = new WebSocket(server.replace(/^http/, 'ws') + '/api/v1/events');
  socket.onopen = () => {
    if (token) socket.send(JSON.stringify({ token })); // a browser's WebSocket can set no header
    socket.send(JSON.stringify({ subscribe: job, since: seen }));
  };
  socket.onmessage = ({ data }) => {
    if (typeof data !== 'string') return; // a preview: four bytes of length, a JSON header, a JPEG
    console.log(data);
    const event = JSON.parse(data);
    seen = event.seq ?? seen; // progress has none
    state = event.kind === 'error' ? 'failed' : (event.snapshot ?? event).state ?? state;
    if (isOver()) socket.close();
  };
  socket.onclose = socket.onerror = over;
});

const { id } = await (await call('/api/v1/jobs', JSON.stringify({ workflow, inputs: JSON.parse(inputs) }))).json();
while (!isOver()) {
  await follow(id);
  if (!isOver()) {
    console.error(`Connection lost after event ${seen}`);
    await new Promise((wait) => setTimeout(wait, 500));
  }
}
const job = await (await call(`/api/v1/jobs/${id}`)).json();
for (const [name, output] of Object.entries(job.outputs ?? {})) {
  if (output.type === 'image') {
    const picture = await call(`/api/v1/assets/${output.value.replace('asset:', '')}`);
    await writeFile(`${name}.png`, Buffer.from(await picture.arrayBuffer()));
  }
}
process.exitCode = state === 'succeeded' ? 0 : 1;

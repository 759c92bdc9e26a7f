// SPDX-License-Identifier: Apache-2.0
'use strict';

const $ = id => document.getElementById(id);
let token = sessionStorage.getItem('token');
let workflow = null;
let models = [];
let socket = null;
const jobs = new Map(); // id → {job, card, nodes, seq}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function call(method, path, body, headers = {}) {
  if (token) headers.Authorization = 'Bearer ' + token;
  const response = await fetch('/api/v1' + path, {method, body, headers});
  if (response.status === 401) {
    const given = prompt('A token is needed (diptych token create):');
    if (given) {
      token = given.trim();
      sessionStorage.setItem('token', token);
      return call(method, path, body, headers);
    }
  }
  const answer = response.headers.get('Content-Type')?.includes('json') ? await response.json() : null;
  if (!response.ok) throw Object.assign(new Error(answer?.detail ?? response.statusText), {problem: answer});
  return answer;
}

const post = (path, value) => call('POST', path, JSON.stringify(value ?? {}), {'Content-Type': 'application/json'});

// Pictures of a server with a login need the header, which an <img> cannot send.
async function pictureUrl(reference, query = '') {
  const path = '/api/v1/assets/' + reference.slice('asset:'.length) + query;
  if (!token) return path;
  const response = await fetch(path, {headers: {Authorization: 'Bearer ' + token}});
  return URL.createObjectURL(await response.blob());
}

async function showWorkflows() {
  const {workflows} = await call('GET', '/workflows');
  $('workflows').replaceChildren(...workflows.map(each => {
    const button = element('button', {type: 'button', onclick: () => choose(each.name)}, each.title || each.name, element('small', {textContent: each.name}));
    button.dataset.name = each.name;
    return element('li', {}, button);
  }));
}

async function choose(name) {
  workflow = await call('GET', '/workflows/' + encodeURIComponent(name));
  if (Object.values(workflow.document.inputs ?? {}).some(declared => declared.type === 'model')) {
    models = (await call('GET', '/models')).models.filter(model => !model.problem && !model.tasks.includes('adapter'));
  }
  for (const button of $('workflows').querySelectorAll('button')) button.setAttribute('aria-current', button.dataset.name === name);
  const fields = Object.entries(workflow.document.inputs ?? {}).map(([input, declared]) => field(input, declared));
  const description = workflow.document.description ? [element('p', {className: 'quiet', textContent: workflow.document.description})] : [];
  $('form').replaceChildren(...description, ...fields, element('button', {className: 'run', type: 'submit', textContent: 'Run'}));
  $('problems').replaceChildren();
}

function field(name, declared) {
  const basic = typeof declared.type === 'string' ? declared.type : 'list';
  let control;
  if (basic === 'choice') {
    control = element('select', {}, ...(declared.options ?? []).map(option => element('option', {value: option, textContent: option})));
  } else if (basic === 'model') {
    control = element('select', {}, ...modelOptions(declared.default));
  } else if (basic === 'boolean') {
    control = element('input', {type: 'checkbox', checked: declared.default === true});
  } else if (basic === 'image' || basic === 'mask') {
    control = element('input', {type: 'file', accept: 'image/*', multiple: false});
  } else if (basic === 'number' || basic === 'integer') {
    control = element('input', {type: 'number', step: basic === 'integer' ? 1 : 'any'});
    if (declared.min !== undefined) control.min = declared.min;
    if (declared.max !== undefined) control.max = declared.max;
  } else if (basic === 'list' || basic === 'text') {
    control = element('textarea');
  } else {
    control = element('input', {type: 'text'});
  }
  control.name = name;
  control.dataset.type = basic;
  if (declared.default !== undefined && control.type !== 'file' && control.type !== 'checkbox') {
    control.value = typeof declared.default === 'string' ? declared.default : JSON.stringify(declared.default);
  }
  const range = declared.min !== undefined && declared.max !== undefined ? ` (${declared.min} to ${declared.max})` : '';
  return element('label', {}, element('span', {textContent: declared.title || name}), control, element('small', {textContent: (declared.help ?? '') + range}));
}

// The default is offered also when it is not installed, so that its absence is seen.
function modelOptions(given) {
  const text = given === undefined || typeof given === 'string' ? given : JSON.stringify(given);
  const installed = models.map(model => element('option', {value: model.id, textContent: `${model.id} (${model.family})`}));
  return text === undefined || models.some(model => model.id === text) ? installed
    : [element('option', {value: text, textContent: typeof given === 'string' ? `${text} (not installed)` : text}), ...installed];
}

async function inputs() {
  const values = {};
  for (const control of $('form').elements) {
    if (!control.name) continue;
    const type = control.dataset.type;
    if (control.type === 'file') {
      if (control.files.length) values[control.name] = (await call('POST', '/assets', control.files[0])).reference;
    } else if (type === 'boolean') {
      values[control.name] = control.checked;
    } else if (control.value !== '') {
      values[control.name] = ['number', 'integer'].includes(type) ? Number(control.value)
        : type === 'list' || type.includes('/') || (type === 'model' && control.value.startsWith('{')) ? JSON.parse(control.value)
        : type === 'seed' && /^\d{1,15}$/.test(control.value) ? Number(control.value) : control.value;
    }
  }
  return values;
}

function showProblems(error) {
  const problems = error.problem?.problems?.map(each => [each.node && `node "${each.node}"`, each.port && `"${each.port}"`].filter(Boolean).join(', ') + ' ' + each.message + (each.next ? ' ' + each.next : '')) ?? [error.message];
  $('problems').replaceChildren(...problems.map(text => element('p', {className: 'problem', textContent: text.trim()})));
}

$('form').addEventListener('submit', async event => {
  event.preventDefault();
  $('problems').replaceChildren();
  try {
    const job = await post('/workflows/' + encodeURIComponent(workflow.name) + '/run', await inputs());
    show(job, true);
  } catch (error) {
    showProblems(error);
  }
});

const isFinal = state => ['succeeded', 'failed', 'cancelled'].includes(state);

function show(job, isNew) {
  let entry = jobs.get(job.id);
  if (!entry) {
    entry = {card: element('article', {className: 'job'}), nodes: new Map(), seq: 0};
    entry.card.dataset.job = job.id;
    jobs.set(job.id, entry);
    if (isNew) $('jobs').prepend(entry.card); else $('jobs').append(entry.card);
  }
  entry.job = job;
  draw(entry);
  if (!isFinal(job.state)) follow(entry);
}

function draw(entry) {
  const {job, card} = entry;
  const act = (what, text) => element('button', {type: 'button', textContent: text, onclick: async () => show(await post(`/jobs/${job.id}/${what}`))});
  const head = element('div', {className: 'head'}, element('b', {textContent: job.workflow || job.id}), element('span', {className: 'state ' + job.state, textContent: job.state}));
  if (isFinal(job.state)) { if (job.state !== 'succeeded') head.append(act('retry', 'Retry')); } else head.append(act('cancel', 'Cancel'));
  const parts = [head];
  if (!isFinal(job.state)) {
    entry.progress ??= element('div');
    parts.push(entry.progress);
  }
  for (const problem of job.problems ?? []) parts.push(element('p', {className: 'problem', textContent: (problem.node ? `node "${problem.node}": ` : '') + problem.message + (problem.next ? ' ' + problem.next : '')}));
  const pictures = element('div', {className: 'pictures'});
  for (const [name, output] of Object.entries(job.outputs ?? {})) drawOutput(name, output.value, pictures, output.type);
  parts.push(pictures);
  card.replaceChildren(...parts);
}

function drawOutput(name, value, pictures, type) {
  if (Array.isArray(value)) {
    value.forEach((each, index) => drawOutput(`${name} ${index + 1}`, each, pictures, type?.list));
  } else if (typeof value === 'string' && value.startsWith('asset:')) {
    const image = element('img', {alt: name});
    const link = element('a', {target: '_blank'}, image);
    pictureUrl(value, type === 'video' ? '' : '?thumbnail=512').then(url => image.src = url);
    pictureUrl(value).then(url => link.href = url);
    pictures.append(element('figure', {}, link, element('figcaption', {textContent: name})));
  } else {
    pictures.append(element('figure', {}, element('figcaption', {textContent: `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`})));
  }
}

function drawProgress(entry) {
  if (!entry.progress) return;
  entry.progress.replaceChildren(...[...entry.nodes].filter(([, node]) => !node.ended).map(([id, node]) => {
    const bar = element('progress', {max: 1});
    if (node.fraction) bar.value = node.fraction;
    const left = node.millisecondsLeft ? `, ${Math.ceil(node.millisecondsLeft / 1000)} s left` : '';
    return element('div', {}, element('small', {textContent: `${id} ${node.message ?? ''}${left}`}), bar, ...(node.preview ? [element('div', {className: 'pictures'}, element('img', {src: node.preview, alt: 'preview of ' + id}))] : []));
  }));
}

function connect() {
  if (socket && socket.readyState <= WebSocket.OPEN) return socket;
  socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/api/v1/events');
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    $('status').textContent = '';
    if (token) socket.send(JSON.stringify({token}));
    for (const [id, entry] of jobs) if (!isFinal(entry.job.state)) socket.send(JSON.stringify({subscribe: id, since: entry.seq}));
  };
  socket.onmessage = message => typeof message.data === 'string' ? heard(JSON.parse(message.data)) : saw(message.data);
  socket.onclose = () => { $('status').textContent = 'Not connected; trying again.'; setTimeout(() => { connect(); refresh(); }, 1000); };
  return socket;
}

function follow(entry) {
  if (entry.isFollowed && socket?.readyState === WebSocket.OPEN) return;
  entry.isFollowed = true;
  const open = connect();
  if (open.readyState === WebSocket.OPEN) open.send(JSON.stringify({subscribe: entry.job.id, since: entry.seq}));
}

async function heard(event) {
  const entry = jobs.get(event.job);
  if (!entry) return;
  if (event.seq) entry.seq = event.seq;
  const node = id => entry.nodes.get(id) ?? entry.nodes.set(id, {}).get(id);
  if (event.kind === 'node-started') node(event.node).ended = false;
  else if (event.kind === 'node-ended') node(event.node).ended = true;
  else if (event.kind === 'progress') Object.assign(node(event.node), event);
  else if (event.kind === 'state' || event.kind === 'snapshot') {
    const state = event.state ?? event.snapshot.state;
    if (isFinal(state)) {
      entry.isFollowed = false;
      entry.nodes.clear();
      socket.send(JSON.stringify({unsubscribe: event.job}));
    }
    show(await call('GET', '/jobs/' + event.job));
  }
  drawProgress(entry);
}

function saw(frame) {
  const length = new DataView(frame).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, length)));
  const entry = jobs.get(header.job);
  if (!entry) return;
  const node = entry.nodes.get(header.node) ?? entry.nodes.set(header.node, {}).get(header.node);
  if (node.preview) URL.revokeObjectURL(node.preview);
  node.preview = URL.createObjectURL(new Blob([new Uint8Array(frame, 4 + length)], {type: header.mediaType}));
  drawProgress(entry);
}

async function refresh() {
  try {
    const {jobs: list} = await call('GET', '/jobs?limit=20');
    list.filter(job => !jobs.has(job.id) || jobs.get(job.id).job.state !== job.state).reverse().forEach(job => show(job, true));
  } catch (error) {
    $('status').textContent = error.message;
  }
}

showWorkflows().catch(error => $('status').textContent = error.message);
refresh();
connect();
setInterval(refresh, 3000);

'use strict';
/* The page of `hikeshi hunt`. All that came from events is set as text, never as markup. */
(() => {
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const rules = read('rules'), summary = read('summary');
const PAGE = 100, BARS = 72;
const LEVELS = ['critical', 'high', 'medium', 'low', 'informational', 'none'];
const TACTICS = ['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation',
	'defense-evasion', 'stealth', 'defense-impairment', 'credential-access', 'discovery', 'lateral-movement', 'collection',
	'command-and-control', 'exfiltration', 'impact'];
const SUMMARY = ['CommandLine', 'TargetFilename', 'TargetObject', 'ScriptBlockText', 'QueryName', 'DestinationHostname', 'DestinationIp',
	'PipeName', 'ImageLoaded', 'TargetImage', 'ImagePath', 'TaskName', 'ServiceName', 'ThreatName', 'Image', 'Provider_Name', 'message'];
const HOST = ['Computer', 'ComputerName', 'host.name', 'hostname', 'host'];

const words = {
	ja: {
		title: 'Hikeshi の調査結果', language: 'English', light: '明るい表示', dark: '暗い表示', zone: '時刻', japan: '日本時間', utc: 'UTC', local: 'この端末の時刻',
		overview: '概要', detections: '検知', rules: 'ルール', matched: '一致したルール', files: 'ファイル', events: 'イベント', hosts: 'コンピューター', span: '期間',
		lost: '読めなかったレコード', partial: (n, all) => `検知 ${all} 件のうち、最初の ${n} 件を載せています。`,
		timeline: '時系列', timelineHelp: '棒を押すと、その時間帯に絞り込みます。', timelineTable: '表で見る', bar: (from, n) => `${from} から ${n} 件`,
		tactics: '戦術と技術（MITRE ATT&CK）', without: '戦術なし', list: '検知の一覧', search: '文字で探す', level: '深刻度', tactic: '戦術', rule: 'ルール', host: 'コンピューター',
		from: 'から', to: 'まで', all: 'すべて', clear: '絞り込みを解除', of: (n, all) => `${all} 件のうち ${n} 件`, time: '時刻', what: '内容', file: 'ファイル', record: 'レコード', line: '行',
		previous: '前の 100 件', next: '次の 100 件', page: (n, all) => `${n} / ${all} ページ`, close: '閉じる', why: 'なぜ検知したか', field: '項目', pattern: 'ルールの値', value: 'イベントの値',
		selection: '条件', absent: '（ない）', fields: 'イベントの項目', raw: 'JSON のまま見る', about: 'このルールについて', falsepositives: '誤検知の例', references: '参考', errors: '読めなかったところ',
		reason: '理由', nothing: '検知はありませんでした。', none: '条件に合う検知はありません。', group: 'まとめた値', parts: '関わったイベント', count: '件数', technique: '技術', levels: '深刻度で絞り込む',
		critical: '重大', high: '高', medium: '中', low: '低', informational: '参考', levelNone: 'なし', details: '詳しく見る',
		names: ['偵察', 'リソース開発', '初期アクセス', '実行', '永続化', '権限昇格', '防御回避', '隠蔽', '防御の妨害', '認証情報アクセス', '探索', '横展開', '収集', '指令と制御', '持ち出し', '影響'],
	},
	en: {
		title: 'What Hikeshi found', language: '日本語', light: 'Light', dark: 'Dark', zone: 'Times', japan: 'Japan', utc: 'UTC', local: 'This device',
		overview: 'Overview', detections: 'Detections', rules: 'Rules', matched: 'Rules that matched', files: 'Files', events: 'Events', hosts: 'Computers', span: 'Period',
		lost: 'Records that could not be read', partial: (n, all) => `The first ${n} of ${all} detections are shown.`,
		timeline: 'Timeline', timelineHelp: 'A bar narrows the list to its time.', timelineTable: 'As a table', bar: (from, n) => `${n} from ${from}`,
		tactics: 'Tactics and techniques (MITRE ATT&CK)', without: 'No tactic', list: 'Detections', search: 'Search text', level: 'Level', tactic: 'Tactic', rule: 'Rule', host: 'Computer',
		from: 'From', to: 'To', all: 'All', clear: 'Clear filters', of: (n, all) => `${n} of ${all}`, time: 'Time', what: 'What', file: 'File', record: 'Record', line: 'Line',
		previous: 'Previous 100', next: 'Next 100', page: (n, all) => `Page ${n} of ${all}`, close: 'Close', why: 'Why it matched', field: 'Field', pattern: 'Value of the rule', value: 'Value of the event',
		selection: 'Selection', absent: '(absent)', fields: 'Fields of the event', raw: 'As JSON', about: 'About this rule', falsepositives: 'False positives', references: 'References', errors: 'What could not be read',
		reason: 'Reason', nothing: 'Nothing was detected.', none: 'No detection fits these filters.', group: 'Grouped by', parts: 'Events that took part', count: 'Count', technique: 'Technique', levels: 'Filter by level',
		critical: 'critical', high: 'high', medium: 'medium', low: 'low', informational: 'informational', levelNone: 'none', details: 'Details',
		names: ['Reconnaissance', 'Resource Development', 'Initial Access', 'Execution', 'Persistence', 'Privilege Escalation', 'Defense Evasion', 'Stealth', 'Defense Impairment',
			'Credential Access', 'Discovery', 'Lateral Movement', 'Collection', 'Command and Control', 'Exfiltration', 'Impact'],
	},
};

let language = document.documentElement.lang === 'en' ? 'en' : 'ja';
let theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
let zone = summary.zone;
const t = (key) => words[language][key];
const filter = { text: '', level: '', tactic: '', technique: '', rule: '', host: '', from: null, to: null };
let page = 0;

/* ---- the detections ---- */

const first = (event, names) => {
	for (const name of names) {
		const value = event[name];
		if (value !== undefined && value !== null && value !== '')
			return typeof value === 'object' ? JSON.stringify(value) : String(value);
	}
	return '';
};
const tacticsOf = (rule) => [...new Set(rule.tags.map((tag) => TACTICS.indexOf(tag.toLowerCase().replace(/^attack\./, '').replaceAll('_', '-')))
	.filter((index) => index >= 0))];
const techniquesOf = (rule) => [...new Set(rule.tags.map((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1].toUpperCase()).filter(Boolean))];
/* Where techniques stand between tactics, each belongs to the tactic before it; else to all. */
function techniquesUnder(rule, tactic) {
	const marks = rule.tags.map((tag) => [tacticsOf({ tags: [tag] })[0], techniquesOf({ tags: [tag] })[0]]).filter((mark) => mark[0] !== undefined || mark[1]);
	const last = marks.findLastIndex((mark) => mark[0] !== undefined), first = marks.findIndex((mark) => mark[1]);
	if (first < 0 || first > last || tactic === 'none')
		return rule.techniques;
	const from = marks.findIndex((mark) => mark[0] === tactic), rest = marks.slice(from + 1), end = rest.findIndex((mark) => mark[0] !== undefined);
	return (end < 0 ? rest : rest.slice(0, end)).map((mark) => mark[1]);
}
for (const rule of Object.values(rules)) {
	rule.tactics = tacticsOf(rule);
	rule.techniques = techniquesOf(rule);
}
const all = read('detections').map(([rule, file, record, line, time, event, reasons, correlation], index) => ({
	index, id: String(rule), rule: rules[rule], file, record, line, time, event, reasons, correlation,
	host: event ? first(event, HOST) : '', what: event ? first(event, SUMMARY)
		: Object.entries(correlation?.group ?? {}).map(([name, value]) => `${name}=${value}`).join(' '),
}));
let shown = all;
const title = (rule) => (language === 'ja' && rule.title_ja) || rule.title;
const levelName = (level) => t(level === 'none' ? 'levelNone' : level);
const levelOf = (rule) => LEVELS.includes(rule.level) ? rule.level : 'none';
const words_of = (one) => one.words ??= `${one.rule.title}\n${one.rule.title_ja}\n${one.file}\n${JSON.stringify(one.event ?? one.correlation)}\n${one.what}`.toLowerCase();

/* ---- times ---- */

const formats = new Map();
function format(options) {
	const key = `${zone}${JSON.stringify(options)}`;
	if (!formats.has(key))
		formats.set(key, new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: { japan: 'Asia/Tokyo', utc: 'UTC' }[zone] }));
	return formats.get(key);
}
const timeText = (ms) => ms === null ? '—' : format({ dateStyle: 'short', timeStyle: 'medium' }).format(ms);
const minuteText = (ms) => format({ dateStyle: 'short', timeStyle: 'short' }).format(ms);
/* What a field of date and time holds, in the zone that is shown. */
function fromField(text) {
	if (!text)
		return null;
	const asUtc = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
	if (zone === 'utc') return asUtc;
	if (zone === 'japan') return asUtc - 9 * 3600000;
	return new Date(text).getTime();
}
const toField = (ms) => ms === null ? '' : timeText(ms).replace(' ', 'T');

/* ---- making elements ---- */

function make(name, attributes = {}, ...children) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith('on'))
			element.addEventListener(key.slice(2), value);
		else if (value === true)
			element.setAttribute(key, '');
		else if (value !== false && value !== null && value !== undefined)
			element.setAttribute(key, value);
	}
	element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
	return element;
}
function draw(name, attributes, ...children) {
	const element = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes))
		element.setAttribute(key, value);
	element.append(...children);
	return element;
}
const level = (rule) => make('span', { class: `level ${levelOf(rule)}` }, levelName(levelOf(rule)));
const number = (n) => n.toLocaleString(language);

/* ---- filtering ---- */

function fits(one) {
	return (!filter.level || levelOf(one.rule) === filter.level)
		&& (filter.tactic === '' || (filter.tactic === 'none' ? one.rule.tactics.length === 0 : one.rule.tactics.includes(Number(filter.tactic))))
		&& (!filter.technique || one.rule.techniques.includes(filter.technique))
		&& (!filter.rule || one.id === filter.rule)
		&& (!filter.host || one.host === filter.host)
		&& (filter.from === null || (one.time !== null && one.time >= filter.from))
		&& (filter.to === null || (one.time !== null && one.time < filter.to))
		&& (!filter.text || words_of(one).includes(filter.text));
}
function apply() {
	page = 0;
	shown = all.filter(fits);
	drawList();
	drawPressed();
}
function set(name, value) {
	filter[name] = filter[name] === value ? '' : value;
	drawFilters();
	apply();
}

/* ---- the parts ---- */

const parts = {};

function drawHeader() {
	parts.header.replaceChildren(
		make('h1', {}, t('title')),
		make('div', { class: 'row' },
			make('label', {}, t('zone'), make('select', { id: 'zone', onchange: (event) => { zone = event.target.value; drawAll(); document.getElementById('zone').focus(); } },
				['japan', 'utc', 'local'].map((one) => make('option', { value: one, selected: one === zone }, t(one))))),
			make('button', { id: 'theme', type: 'button', onclick: () => { theme = theme === 'dark' ? 'light' : 'dark'; drawTheme(); drawHeader(); document.getElementById('theme').focus(); } }, t(theme === 'dark' ? 'light' : 'dark')),
			make('button', { id: 'language', type: 'button', lang: language === 'ja' ? 'en' : 'ja', onclick: () => { language = language === 'ja' ? 'en' : 'ja'; drawAll(); document.getElementById('language').focus(); } }, t('language'))));
}

function drawTheme() {
	document.documentElement.dataset.theme = theme;
	document.documentElement.lang = language;
	document.title = t('title');
}

function drawOverview() {
	const figures = summary.figures, times = all.filter((one) => one.time !== null).map((one) => one.time);
	const span = times.length ? `${timeText(times.reduce((a, b) => Math.min(a, b)))} – ${timeText(times.reduce((a, b) => Math.max(a, b)))}` : '—';
	const rows = [['detections', number(figures.detections)], ['matched', `${number(Object.keys(rules).length)} / ${number(figures.rules)}`],
		['hosts', number(new Set(all.map((one) => one.host).filter(Boolean)).size)], ['files', number(figures.files)], ['events', number(figures.events)],
		['span', span]];
	if (figures.lost > 0)
		rows.push(['lost', number(figures.lost)]);
	const counts = Object.fromEntries(LEVELS.map((one) => [one, 0]));
	for (const one of all)
		counts[levelOf(one.rule)]++;
	parts.overview.replaceChildren(
		make('h2', {}, t('overview')),
		make('dl', { class: 'figures' }, rows.map(([name, value]) => make('div', {}, make('dt', {}, t(name)), make('dd', {}, value)))),
		summary.shown < figures.detections ? make('p', { class: 'quiet' }, t('partial')(number(summary.shown), number(figures.detections))) : '',
		make('ul', { class: 'levels', 'aria-label': t('levels') }, LEVELS.filter((one) => one !== 'none' || counts.none > 0).map((one) =>
			make('li', {}, make('button', { type: 'button', class: one, 'data-level': one, 'aria-pressed': 'false', onclick: () => set('level', one) },
				make('b', {}, number(counts[one])), make('span', {}, levelName(one)))))));
}

function bins() {
	const timed = all.filter((one) => one.time !== null);
	if (timed.length === 0)
		return null;
	const start = timed.reduce((a, b) => Math.min(a, b.time), Infinity), end = timed.reduce((a, b) => Math.max(a, b.time), -Infinity);
	const step = Math.max(1000, Math.ceil((end - start + 1) / BARS / 1000) * 1000);
	const list = Array.from({ length: Math.max(1, Math.min(BARS, Math.ceil((end - start + 1) / step))) }, (_, i) => ({ from: start + i * step, to: start + (i + 1) * step, sum: 0, count: {} }));
	for (const one of timed) {
		const bin = list[Math.min(list.length - 1, Math.floor((one.time - start) / step))];
		bin.sum++;
		bin.count[levelOf(one.rule)] = (bin.count[levelOf(one.rule)] ?? 0) + 1;
	}
	return list;
}

function narrow(bin) {
	filter.from = bin.from;
	filter.to = bin.to;
	drawFilters();
	apply();
}

function drawTimeline() {
	const list = bins();
	if (!list) {
		parts.timeline.hidden = true;
		return;
	}
	const W = 1000, H = 110, width = W / list.length, most = list.reduce((a, b) => Math.max(a, b.sum), 1);
	const svg = draw('svg', { class: 'timeline', viewBox: `0 0 ${W} ${H + 4}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${t('timeline')}: ${minuteText(list[0].from)} – ${minuteText(list.at(-1).to)}` });
	svg.append(draw('line', { class: 'axis', x1: 0, x2: W, y1: H + 2, y2: H + 2 }));
	list.forEach((bin, i) => {
		let y = H;
		for (const one of LEVELS) {
			const height = (bin.count[one] ?? 0) / most * H;
			if (height > 0)
				svg.append(draw('rect', { class: one, x: i * width + .5, width: Math.max(1, width - 1), y: (y -= Math.max(height, 1.5)).toFixed(2), height: Math.max(height, 1.5).toFixed(2) }));
		}
		if (bin.sum > 0) {
			const hit = draw('rect', { class: 'hit', x: i * width, width, y: 0, height: H }, draw('title', {}, t('bar')(minuteText(bin.from), number(bin.sum))));
			hit.addEventListener('click', () => narrow(bin));
			svg.append(hit);
		}
	});
	parts.timeline.replaceChildren(make('h2', {}, t('timeline')), svg,
		make('div', { class: 'row quiet' }, make('span', {}, minuteText(list[0].from)), make('span', {}, '–'), make('span', {}, minuteText(list.at(-1).to)), make('span', {}, t('timelineHelp'))),
		make('details', {}, make('summary', {}, t('timelineTable')), make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('timelineTable') },
			make('table', {}, make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, t('time')), make('th', { scope: 'col' }, t('count')))),
				make('tbody', {}, list.filter((bin) => bin.sum > 0).map((bin) => make('tr', {},
					make('td', { class: 'time' }, make('button', { class: 'link', type: 'button', onclick: () => narrow(bin) }, minuteText(bin.from))), make('td', {}, number(bin.sum)))))))));
}

function drawMatrix() {
	const columns = new Map();
	for (const rule of Object.values(rules)) {
		for (const tactic of rule.tactics.length ? rule.tactics : ['none']) {
			const column = columns.get(tactic) ?? { count: 0, technique: new Map() };
			column.count += rule.count;
			for (const id of techniquesUnder(rule, tactic)) {
				const one = column.technique.get(id) ?? { count: 0, level: 'none' };
				one.count += rule.count;
				if (LEVELS.indexOf(levelOf(rule)) < LEVELS.indexOf(one.level))
					one.level = levelOf(rule);
				column.technique.set(id, one);
			}
			columns.set(tactic, column);
		}
	}
	const order = [...columns.keys()].sort((a, b) => (a === 'none' ? 99 : a) - (b === 'none' ? 99 : b));
	parts.matrix.replaceChildren(make('h2', {}, t('tactics')),
		make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('tactics') }, make('ul', { class: 'matrix' }, order.map((tactic) => make('li', {},
			make('button', { type: 'button', 'data-tactic': tactic, 'aria-pressed': 'false', onclick: () => set('tactic', String(tactic)) },
				tactic === 'none' ? t('without') : words[language].names[tactic], ' ', make('span', { class: 'quiet count' }, number(columns.get(tactic).count))),
			columns.get(tactic).technique.size > 0 && make('ul', {}, [...columns.get(tactic).technique].sort().map(([id, one]) => make('li', {},
				make('button', { type: 'button', class: one.level, 'data-technique': id, 'aria-pressed': 'false', onclick: () => set('technique', id) }, make('span', {}, id), make('b', {}, number(one.count)))))))))));
	parts.matrix.hidden = order.length === 0;
}

function drawFilters() {
	const option = (value, text, now) => make('option', { value, selected: value === now }, text);
	const choice = (name, label, options) => make('label', {}, t(label), make('select', { 'data-filter': name, onchange: (event) => { filter[name] = event.target.value; apply(); } },
		option('', t('all'), filter[name]), options.map(([value, text]) => option(value, text, filter[name]))));
	const time = (name, label) => make('label', {}, t(label), make('input', { type: 'datetime-local', step: '1', 'data-filter': name, value: toField(filter[name]),
		onchange: (event) => { filter[name] = fromField(event.target.value); apply(); } }));
	const hosts = [...new Set(all.map((one) => one.host).filter(Boolean))].sort().slice(0, 1000);
	const present = new Set(Object.values(rules).flatMap((rule) => rule.tactics));
	parts.filters.replaceChildren(
		make('label', {}, t('search'), make('input', { type: 'search', 'data-filter': 'text', value: filter.text, oninput: (event) => { filter.text = event.target.value.toLowerCase(); apply(); } })),
		choice('level', 'level', LEVELS.filter((one) => one !== 'none').map((one) => [one, levelName(one)])),
		choice('tactic', 'tactic', [...present].sort((a, b) => a - b).map((one) => [String(one), words[language].names[one]])),
		choice('rule', 'rule', Object.entries(rules).sort((a, b) => b[1].count - a[1].count).map(([id, rule]) => [id, `${title(rule)} (${number(rule.count)})`])),
		hosts.length > 0 && choice('host', 'host', hosts.map((one) => [one, one])),
		time('from', 'from'), time('to', 'to'),
		make('button', { type: 'button', onclick: () => { Object.assign(filter, { text: '', level: '', tactic: '', technique: '', rule: '', host: '', from: null, to: null }); drawFilters(); apply(); } }, t('clear')));
}

function drawPressed() {
	for (const button of document.querySelectorAll('[data-level]'))
		button.setAttribute('aria-pressed', String(button.dataset.level === filter.level));
	for (const button of document.querySelectorAll('[data-tactic]'))
		button.setAttribute('aria-pressed', String(button.dataset.tactic === filter.tactic));
	for (const button of document.querySelectorAll('[data-technique]'))
		button.setAttribute('aria-pressed', String(button.dataset.technique === filter.technique));
}

function drawList() {
	const pages = Math.max(1, Math.ceil(shown.length / PAGE)), part = shown.slice(page * PAGE, (page + 1) * PAGE);
	const step = (by) => () => { page += by; drawList(); parts.list.focus(); };
	parts.count.textContent = t('of')(number(shown.length), number(all.length));
	parts.list.replaceChildren(part.length === 0 ? make('p', { class: 'quiet' }, t(all.length === 0 ? 'nothing' : 'none'))
		: make('table', {}, make('thead', {}, make('tr', {}, ['time', 'level', 'rule', 'host', 'what'].map((one) => make('th', { scope: 'col', class: one === 'level' ? null : one }, t(one))))),
			make('tbody', {}, part.map((one) => make('tr', {},
				make('td', { class: 'time' }, timeText(one.time)),
				make('td', {}, level(one.rule)),
				make('td', {}, make('button', { class: 'link', type: 'button', 'data-detection': one.index, onclick: () => open(one) }, title(one.rule))),
				make('td', { class: 'host' }, one.host),
				make('td', { class: 'what mono' }, one.what.slice(0, 300) + (one.what.length > 300 ? '…' : '')))))));
	parts.pages.replaceChildren(...(pages > 1 ? [
		make('button', { type: 'button', disabled: page === 0, onclick: step(-1) }, t('previous')),
		make('span', {}, t('page')(page + 1, pages)),
		make('button', { type: 'button', disabled: page + 1 === pages, onclick: step(1) }, t('next'))] : []));
}

/* ---- one detection ---- */

/* The part of the value that the rule's words stand in, where that is plain to see. */
function marked(value, pattern) {
	const needle = pattern.replace(/^[*?]+|[*?]+$/g, '').toLowerCase(), at = needle ? value.toLowerCase().indexOf(needle) : -1;
	const cut = value.length > 4000 ? `${value.slice(0, 4000)}…` : value;
	return at < 0 || at + needle.length > cut.length ? [cut] : [cut.slice(0, at), make('mark', {}, cut.slice(at, at + needle.length)), cut.slice(at + needle.length)];
}
function reasonsTable(one) {
	const rows = one.reasons.filter((reason) => reason.matched);
	return rows.length === 0 ? null : [make('h3', {}, t('why')), make('table', { class: 'why' },
		make('thead', {}, make('tr', {}, ['selection', 'field', 'pattern', 'value'].map((name) => make('th', { scope: 'col' }, t(name))))),
		make('tbody', {}, rows.map((reason) => make('tr', {}, make('td', {}, reason.selection),
			make('td', { class: 'mono' }, `${reason.field}${reason.modifiers ? `|${reason.modifiers}` : ''}`), make('td', { class: 'mono' }, reason.pattern),
			make('td', { class: 'mono' }, reason.value === undefined ? t('absent') : marked(reason.value, reason.part ?? reason.pattern))))))];
}
function correlationPart(one) {
	const hit = one.correlation;
	return hit && [make('h3', {}, t('group')), make('p', {}, Object.entries(hit.group).map(([name, value]) => `${name} = ${value}`).join(', ')),
		make('h3', {}, `${t('parts')} (${number(hit.count)})`), make('table', {}, make('thead', {}, make('tr', {}, ['time', 'rule', 'file', 'record'].map((name) => make('th', { scope: 'col' }, t(name))))),
			make('tbody', {}, hit.events.map((event) => make('tr', {}, make('td', { class: 'time' }, timeText(event.time ? Date.parse(event.time) : null)), make('td', { class: 'mono' }, event.rule),
				make('td', {}, event.file), make('td', {}, number(event.record))))))];
}
function fieldsTable(one) {
	if (!one.event)
		return null;
	const text = (value) => typeof value === 'string' ? value : JSON.stringify(value);
	return [make('h3', {}, t('fields')), make('table', {}, make('tbody', {}, Object.entries(one.event).filter(([name]) => name !== 'hikeshi').map(([name, value]) =>
		make('tr', {}, make('th', { scope: 'row', class: 'mono' }, name), make('td', { class: 'mono' }, text(value)))))),
		make('details', {}, make('summary', {}, t('raw')), make('pre', { tabindex: '0' }, JSON.stringify(one.event, null, 2)))];
}
/* Only addresses of the web become links. */
const reference = (text) => /^https?:\/\//.test(text) ? make('a', { href: text, rel: 'noopener noreferrer', target: '_blank' }, text) : text;

function open(one) {
	const rule = one.rule, list = (name) => rule[name].length > 0 && [make('h3', {}, t(name)), make('ul', {}, rule[name].map((text) => make('li', {}, name === 'references' ? reference(text) : text)))];
	const dialog = make('dialog', { 'aria-labelledby': 'detail-title' },
		make('div', { class: 'head' }, make('h2', { id: 'detail-title' }, title(rule)), make('button', { type: 'button', onclick: () => dialog.close() }, t('close'))),
		make('p', {}, level(rule), ' ', timeText(one.time), one.host && ` · ${one.host}`),
		make('p', { class: 'quiet' }, `${one.file} · ${t('record')} ${number(one.record)}${one.line ? ` · ${t('line')} ${number(one.line)}` : ''}`),
		make('p', {}, (language === 'ja' && rule.description_ja) || rule.description),
		reasonsTable(one), correlationPart(one), fieldsTable(one),
		make('h3', {}, t('about')), make('p', { class: 'quiet' }, [rule.id, rule.file, rule.author, ...rule.tags].filter(Boolean).join(' · ')),
		list('falsepositives'), list('references'));
	dialog.addEventListener('close', () => { dialog.remove(); document.querySelector(`[data-detection="${one.index}"]`)?.focus(); });
	document.body.append(dialog);
	dialog.showModal();
}

function drawErrors() {
	parts.errors.hidden = summary.errors.length === 0;
	parts.errors.replaceChildren(make('h2', {}, t('errors')), make('table', {}, make('thead', {}, make('tr', {}, ['file', 'record', 'line', 'reason'].map((one) => make('th', { scope: 'col' }, t(one))))),
		make('tbody', {}, summary.errors.map((one) => make('tr', {}, make('td', {}, one.file), make('td', {}, one.record ? number(one.record) : ''), make('td', {}, one.line ? number(one.line) : ''), make('td', {}, one.reason))))));
}

function drawAll() {
	drawTheme();
	drawHeader();
	drawOverview();
	drawTimeline();
	drawMatrix();
	parts.heading.textContent = t('list');
	drawFilters();
	drawList();
	drawPressed();
	drawErrors();
}

parts.header = make('header');
parts.overview = make('section', { id: 'overview' });
parts.timeline = make('section', { id: 'timeline' });
parts.matrix = make('section', { id: 'matrix' });
parts.heading = make('h2', { id: 'list-title' });
parts.filters = make('div', { class: 'row filters' });
parts.count = make('p', { class: 'quiet', role: 'status' });
parts.list = make('div', { class: 'scroll', id: 'list', tabindex: '0', role: 'region', 'aria-labelledby': 'list-title' });
parts.pages = make('div', { class: 'pages' });
parts.errors = make('section', { id: 'errors' });
document.body.append(parts.header, make('main', {}, parts.overview, parts.timeline, parts.matrix,
	make('section', {}, parts.heading, parts.filters, parts.count, parts.list, parts.pages), parts.errors));
drawAll();
})();

// mutants.mjs - every way in which one rule of an edition's file can be broken by one edit.
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** Edits of the text are by place, so that nothing else of the file changes. */
class Mutants {
	constructor(source) {
		this.source = source;
		this.lines = new LineCounter();
		this.root = parseDocument(source, { lineCounter: this.lines }).contents;
		this.found = [];
	}

	add(kind, rule, what, node, to, [from, end] = node.range) {
		this.found.push({ kind, rule, what, line: this.lines.linePos(node.range[0]).line,
			text: this.source.slice(0, from) + to + this.source.slice(end) });
	}

	/** A block pair with its lines, a flow pair with its comma. */
	remove(kind, rule, what, pair, map) {
		if (map.flow) {
			const index = map.items.indexOf(pair), from = pair.key.range[0];
			const end = index + 1 < map.items.length ? map.items[index + 1].key.range[0] : pair.value.range[1];
			const before = index > 0 && index + 1 === map.items.length ? this.source.lastIndexOf(',', from) : from;
			this.add(kind, rule, what, pair.key, '', [before, end]);
			return;
		}
		this.cut(kind, rule, what, pair.key, pair.key.range[0], pair.value.range[2]);
	}

	cut(kind, rule, what, node, start, end) {
		const from = this.source.lastIndexOf('\n', start) + 1;
		const dash = /^\s*- $/.test(this.source.slice(from, start)); // the first key of a list's item
		if (dash)
			this.add(kind, rule, what, node, '', [start, end + this.source.slice(end).search(/\S|$/)]);
		else
			this.add(kind, rule, what, node, '', [from, end]);
	}
}

const text = (map, key) => isMap(map) && isScalar(map.get(key, true)) ? String(map.get(key)) : '';
const pairOf = (map, key) => map.items.find((pair) => pair.key.value === key);
const items = (map, key) => isMap(map) && isSeq(map.get(key, true)) ? map.get(key, true).items : [];
const part = (map, key) => isMap(map) ? map.get(key, true) : undefined;
const nextDay = (day) => new Date(Date.parse(`${day}T00:00:00Z`) + 864e5).toISOString().slice(0, 10);

function numbers(m, kind, rule, map, keys) {
	for (const key of keys) {
		const node = part(map, key);
		if (isScalar(node) && typeof node.value === 'number')
			m.add(kind, rule, `${key}: ${node.value} → ${node.value + 1}`, node, String(node.value + 1), node.range.slice(0, 2));
	}
}

function flags(m, kind, rule, map, keys) {
	for (const key of keys) {
		const node = part(map, key);
		if (isScalar(node) && typeof node.value === 'boolean')
			m.add(kind, rule, `${key}: ${node.value} → ${!node.value}`, node, String(!node.value), node.range.slice(0, 2));
	}
}

/** A day, or the first day within a text that begins with one. */
function days(m, kind, rule, map, keys) {
	for (const key of keys) {
		const node = part(map, key);
		if (isScalar(node) && /^\d{4}-\d{2}-\d{2}$/.test(String(node.source ?? node.value)))
			m.add(kind, rule, `${key}: one day later`, node, nextDay(node.source ?? node.value), node.range.slice(0, 2));
	}
}

/** Each leaf of a condition: its limits by one, else its opposite. */
function condition(m, kind, rule, node) {
	if (!isMap(node))
		return;
	for (const pair of node.items) {
		if (['all', 'any'].includes(pair.key.value) && isSeq(pair.value)) {
			pair.value.items.forEach((child) => condition(m, kind, rule, child));
			m.add(kind, rule, `${pair.key.value} → ${pair.key.value === 'all' ? 'any' : 'all'}`, pair.key,
				pair.key.value === 'all' ? 'any' : 'all', pair.key.range.slice(0, 2));
		} else if (pair.key.value === 'not') {
			condition(m, kind, rule, pair.value);
		} else if (['at_most', 'at_least'].includes(pair.key.value)) {
			if (isMap(pair.value))
				numbers(m, kind, `${rule}: ${pair.key.value}`, pair.value, pair.value.items.map((one) => one.key.value).filter((key) => key !== 'by'));
			else
				numbers(m, kind, rule, node, [pair.key.value]);
		} else if (pair.key.value === 'given') {
			flags(m, kind, rule, node, ['given']);
		} else if (['is', 'in', 'only', 'shares'].includes(pair.key.value)) {
			const [from, end] = [node.range[0], node.range[1]];
			const source = m.source.slice(from, end);
			if (node.flow)
				m.add(kind, rule, `not ${source}`, node, `{ not: ${source} }`, [from, end]);
		}
	}
}

function effects(m, rule, map, key) {
	for (const effect of items(map, key)) {
		const end = effect.range[2] ?? effect.range[1];
		const what = m.source.slice(effect.range[0], effect.range[1]).replaceAll(/\s+/g, ' ');
		if (!map.get(key, true).flow && items(map, key).length > 1)
			m.add('effect', rule, `without ${what}`, effect, '', [m.source.lastIndexOf('\n', effect.range[0]) + 1, end]);
		condition(m, 'effect', rule, part(effect, 'when'));
	}
	if (items(map, key).length === 1)
		m.remove('effect', rule, `without ${key}`, pairOf(map, key), map);
}

function fields(m, rule, list) {
	for (const field of list) {
		const at = `${rule}: field ${text(field, 'id')}`;
		flags(m, 'field', at, field, ['required']);
		numbers(m, 'field', at, field, ['min', 'max', 'max_bytes']);
		const must = part(field, 'must');
		if (must)
			m.remove('field', at, 'without must', pairOf(field, 'must'), field);
		condition(m, 'field', at, part(must, 'when'));
		condition(m, 'field', at, part(field, 'shown'));
		for (const key of ['means', 'version'])
			if (part(field, key))
				m.remove('field', at, `without ${key}`, pairOf(field, key), field);
		if (items(field, 'options').length > 1) {
			const option = items(field, 'options').at(-1);
			m.add('field', at, `without option ${text(option, 'id')}`, option, '',
				[m.source.lastIndexOf('\n', option.range[0]) + 1, option.range[2]]);
		}
	}
}

function event(m, at, one) {
	const rule = `${at}: ${text(one, 'event')}`;
	if (part(one, 'by')) {
		const by = part(one, 'by');
		m.add('actor', rule, 'by the desk', by, 'desk', by.range.slice(0, 2));
	}
	if (part(one, 'marks'))
		m.remove('mark', rule, 'without its mark', pairOf(one, 'marks'), one);
	for (const requirement of items(one, 'requires'))
		condition(m, 'requirement', rule, part(requirement, 'when'));
	if (items(one, 'requires').length > 0)
		m.remove('requirement', rule, 'without requires', pairOf(one, 'requires'), one);
	if (isScalar(part(one, 'to')))
		m.remove('way', rule, 'leads nowhere', pairOf(one, 'to'), one);
	for (const way of items(one, 'to'))
		condition(m, 'way', rule, part(way, 'when'));
	condition(m, 'way', rule, part(one, 'when'));
	numbers(m, 'moment', rule, part(one, 'at'), ['days', 'months', 'business_days']);
	if (part(part(one, 'at'), 'time'))
		m.remove('moment', rule, 'at 0:00', pairOf(part(one, 'at'), 'time'), part(one, 'at'));
	if (part(one, 'channels'))
		m.remove('requirement', rule, 'without channels', pairOf(one, 'channels'), one);
	effects(m, rule, one, 'effects');
	fields(m, rule, items(one, 'fields'));
}

function state(m, one) {
	const rule = `state ${text(one, 'id')}`, due = part(one, 'due');
	numbers(m, 'deadline', rule, due, ['business_days', 'calendar_days']);
	days(m, 'deadline', rule, due, ['day']);
	if (text(due, 'kind')) {
		const kind = part(due, 'kind');
		m.add('deadline', rule, `${kind.value} → ${kind.value === 'hard' ? 'soft' : 'hard'}`, kind,
			kind.value === 'hard' ? 'soft' : 'hard', kind.range.slice(0, 2));
	}
	flags(m, 'state', rule, one, ['releases_seats', 'enrols', 'desk']);
	if (part(one, 'marks'))
		m.remove('mark', rule, 'without its mark', pairOf(one, 'marks'), one);
	effects(m, rule, one, 'on_entry');
	items(one, 'events').forEach((each) => event(m, rule, each));
}

function eligibility(m, list) {
	for (const one of list) {
		const rule = `${text(one, 'id')} ${items(one, 'rule').map(String).join(' ') || text(one, 'rule')}`;
		for (const key of ['pass', 'fail', 'review']) {
			condition(m, 'eligibility', `${rule}: ${key}`, part(one, key));
			if (part(one, key) && key !== 'pass')
				m.remove('eligibility', rule, `without ${key}`, pairOf(one, key), one);
		}
	}
}

function support(m, root) {
	for (const one of items(root, 'questionnaires')) {
		const rule = `questionnaire ${text(one, 'id')}`;
		flags(m, 'support', rule, one, ['anonymous']);
		numbers(m, 'support', rule, one, ['open_days']);
		numbers(m, 'support', rule, part(one, 'remind'), ['business_days']);
		days(m, 'support', rule, one, ['not_before']);
	}
	for (const one of items(root, 'visits')) {
		flags(m, 'support', `visits ${text(one, 'course')}`, one, ['online_on_request', 'business_days_only']);
		for (const minutes of items(one, 'minutes'))
			m.add('support', `visits ${text(one, 'course')}`, `minutes ${minutes.value} + 1`, minutes, String(minutes.value + 1), minutes.range.slice(0, 2));
	}
	for (const one of items(root, 'documents'))
		flags(m, 'support', `document ${text(one, 'id')}`, one, ['can_be_published']);
	for (const one of items(root, 'sessions')) {
		const rule = `session ${text(one, 'id')}`;
		days(m, 'session', rule, one, ['date', 'booking_until']);
		numbers(m, 'session', rule, part(one, 'places'), ['venue', 'online']);
	}
	items(root, 'flags').forEach((one) => condition(m, 'flag', `flag ${text(one, 'id')}`, part(one, 'when')));
	items(root, 'figures').forEach((one) => condition(m, 'figure', `figure ${text(one, 'id')}`, part(one, 'count')));
	flags(m, 'privacy', 'city_contacts', root, ['city_contacts']);
	numbers(m, 'privacy', 'publish_least', root, ['publish_least']);
}

export function mutantsOf(source) {
	const m = new Mutants(source), root = m.root;
	days(m, 'reception', 'reception', part(root, 'reception'), ['opens', 'until']);
	const selection = part(root, 'selection');
	numbers(m, 'quota', 'selection', selection, ['places']);
	for (const frame of items(selection, 'frames')) {
		numbers(m, 'quota', `frame ${text(frame, 'id')}`, frame, ['places']);
		flags(m, 'quota', `frame ${text(frame, 'id')}`, frame, ['exact']);
		condition(m, 'quota', `frame ${text(frame, 'id')}`, part(frame, 'of'));
	}
	for (const [key, a, b] of [['leftover', 'moves', 'stays'], ['seat', 'from_received', 'from_confirmed']]) {
		const node = part(selection, key);
		if (isScalar(node))
			m.add('quota', 'selection', `${key}: ${node.value === a ? b : a}`, node, node.value === a ? b : a, node.range.slice(0, 2));
	}
	for (const course of items(root, 'courses')) {
		const rule = `course ${text(course, 'id')}`;
		numbers(m, 'quota', rule, course, ['places']);
		flags(m, 'quota', rule, course, ['exact']);
		numbers(m, 'entitlement', rule, part(course, 'entitlement'), ['users', 'devices', 'devices_per_user', 'months', 'visits']);
		flags(m, 'entitlement', rule, part(course, 'entitlement'), ['users_can_be_raised']);
	}
	const desks = part(root, 'desks');
	flags(m, 'desk', 'desks', desks, ['day_and_night']);
	flags(m, 'desk', 'desks: onsite', part(desks, 'onsite'), ['weekdays_only']);
	if (items(root, 'closures').length > 0)
		m.remove('calendar', 'closures', 'no closure days', pairOf(root, 'closures'), root);
	items(part(root, 'form'), 'sections').forEach((section) => fields(m, 'form', items(section, 'fields')));
	eligibility(m, items(root, 'eligibility'));
	event(m, 'form', part(root, 'receive'));
	items(root, 'anywhere').forEach((one) => event(m, 'anywhere', one));
	items(root, 'states').forEach((one) => state(m, one));
	support(m, root);
	return m.found;
}

// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
export function add(all, instancePath, keyword, params) {
const error = { instancePath, keyword, params };
if (all === null) return [error];
if (all.length < 1000) all.push(error);
return all;
}
export function join(all, more) {
if (all === null) return more;
for (let i = 0; i < more.length && all.length < 1000; i++) all.push(more[i]);
return all;
}
export function wrongType(all, instancePath, type) {
return add(all, instancePath, "type", { type });
}
export function checkInteger(all, value, instancePath, maximum, minimum) {
if (typeof value !== "number" || !isFinite(value)) return wrongType(all, instancePath, "integer");
if (value % 1) all = wrongType(all, instancePath, "integer");
if (value > maximum) all = add(all, instancePath, "maximum", { comparison: "<=", limit: maximum });
if (value < minimum) all = add(all, instancePath, "minimum", { comparison: ">=", limit: minimum });
return all;
}

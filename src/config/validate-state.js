// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
import { add, checkInteger, join, wrongType } from "./validate-functions.js";
"use strict";
export const validate = validate10;
export default validate10;




function validate10(data, instancePath=""){
/*# sourceURL="state.schema.json" */;
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.ociVersion === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "ociVersion"});
}
if(data.id === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "id"});
}
if(data.status === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "status"});
}
if(data.bundle === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "bundle"});
}
if(data.ociVersion !== undefined){
if(typeof data.ociVersion !== "string"){
vErrors = wrongType(vErrors, instancePath+"/ociVersion", "string");
}
}
if(data.id !== undefined){
if(typeof data.id !== "string"){
vErrors = wrongType(vErrors, instancePath+"/id", "string");
}
}
if(data.status !== undefined){
let data2 = data.status;
if(typeof data2 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/status", "string");
}
if(!(((((data2 === "creating") || (data2 === "created")) || (data2 === "running")) || (data2 === "stopped")) || (data2 === "paused"))){
vErrors = add(vErrors, instancePath+"/status", "enum", {allowedValues: ["creating","created","running","stopped","paused"]});
}
}
if(data.pid !== undefined){
let data3 = data.pid;
vErrors = checkInteger(vErrors, data3, instancePath+"/pid", 9223372036854776000, 0);
}
if(data.bundle !== undefined){
if(typeof data.bundle !== "string"){
vErrors = wrongType(vErrors, instancePath+"/bundle", "string");
}
}
if(data.annotations !== undefined){
let data5 = data.annotations;
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key0 in data5){
if(typeof data5[key0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/annotations/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/annotations", "object");
}
}
if(data.rootfs !== undefined){
if(typeof data.rootfs !== "string"){
vErrors = wrongType(vErrors, instancePath+"/rootfs", "string");
}
}
if(data.created !== undefined){
if(typeof data.created !== "string"){
vErrors = wrongType(vErrors, instancePath+"/created", "string");
}
}
if(data.owner !== undefined){
if(typeof data.owner !== "string"){
vErrors = wrongType(vErrors, instancePath+"/owner", "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate10.errors = vErrors;
return vErrors === null;
}


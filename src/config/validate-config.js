// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
"use strict";
export const validate = validate10;
export default validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","$id":"config.schema.json","title":"Spec","type":"object","required":["ociVersion"],"properties":{"ociVersion":{"type":"string"},"root":{"$ref":"#/definitions/Root"},"mounts":{"type":"array","items":{"$ref":"#/definitions/Mount"}},"process":{"$ref":"process.schema.json#/definitions/Process"},"hostname":{"type":"string"},"domainname":{"type":"string"},"hooks":{"$ref":"#/definitions/Hooks"},"annotations":{"$ref":"defs.schema.json#/definitions/StringMap"},"linux":{"$ref":"linux.schema.json#/definitions/Linux"},"windows":{},"solaris":{},"freebsd":{},"zos":{},"vm":{}},"definitions":{"Root":{"type":"object","required":["path"],"properties":{"path":{"type":"string"},"readonly":{"type":"boolean"}}},"Mount":{"type":"object","required":["destination"],"properties":{"destination":{"type":"string"},"type":{"type":"string"},"source":{"type":"string"},"options":{"$ref":"defs.schema.json#/definitions/Strings"},"uidMappings":{"type":"array","items":{"$ref":"linux.schema.json#/definitions/IdMapping"}},"gidMappings":{"type":"array","items":{"$ref":"linux.schema.json#/definitions/IdMapping"}}}},"Hooks":{"type":"object","properties":{"prestart":{"$ref":"#/definitions/HookList"},"createRuntime":{"$ref":"#/definitions/HookList"},"createContainer":{"$ref":"#/definitions/HookList"},"startContainer":{"$ref":"#/definitions/HookList"},"poststart":{"$ref":"#/definitions/HookList"},"poststop":{"$ref":"#/definitions/HookList"}}},"HookList":{"type":"array","items":{"$ref":"#/definitions/Hook"}},"Hook":{"type":"object","required":["path"],"properties":{"path":{"type":"string"},"args":{"$ref":"defs.schema.json#/definitions/Strings"},"env":{"$ref":"defs.schema.json#/definitions/Strings"},"timeout":{"type":"integer","minimum":1,"maximum":9223372036854776000}}}}};
const schema12 = {"type":"object","required":["path"],"properties":{"path":{"type":"string"},"readonly":{"type":"boolean"}}};
const schema59 = {"type":"object","additionalProperties":{"type":"string"}};
const schema13 = {"type":"object","required":["destination"],"properties":{"destination":{"type":"string"},"type":{"type":"string"},"source":{"type":"string"},"options":{"$ref":"defs.schema.json#/definitions/Strings"},"uidMappings":{"type":"array","items":{"$ref":"linux.schema.json#/definitions/IdMapping"}},"gidMappings":{"type":"array","items":{"$ref":"linux.schema.json#/definitions/IdMapping"}}}};
const schema15 = {"type":"array","items":{"type":"string"}};
const schema17 = {"type":"object","required":["containerID","hostID","size"],"properties":{"containerID":{"$ref":"defs.schema.json#/definitions/Uint32"},"hostID":{"$ref":"defs.schema.json#/definitions/Uint32"},"size":{"$ref":"defs.schema.json#/definitions/Uint32"}}};
const schema18 = {"type":"integer","minimum":0,"maximum":4294967295};

function validate14(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.containerID === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "containerID"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.hostID === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "hostID"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.size === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "size"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.containerID !== undefined){
let data0 = data.containerID;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err3 = {instancePath:instancePath+"/containerID",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 4294967295 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/containerID",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err5 = {instancePath:instancePath+"/containerID",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.hostID !== undefined){
let data1 = data.hostID;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err6 = {instancePath:instancePath+"/hostID",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 4294967295 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/hostID",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err8 = {instancePath:instancePath+"/hostID",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.size !== undefined){
let data2 = data.size;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err9 = {instancePath:instancePath+"/size",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 4294967295 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/size",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err11 = {instancePath:instancePath+"/size",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate14.errors = vErrors;
return errors === 0;
}


function validate11(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.destination === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "destination"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.destination !== undefined){
if(typeof data.destination !== "string"){
const err1 = {instancePath:instancePath+"/destination",schemaPath:"#/properties/destination/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.type !== undefined){
if(typeof data.type !== "string"){
const err2 = {instancePath:instancePath+"/type",schemaPath:"#/properties/type/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.source !== undefined){
if(typeof data.source !== "string"){
const err3 = {instancePath:instancePath+"/source",schemaPath:"#/properties/source/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.options !== undefined){
let data3 = data.options;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
if(typeof data3[i0] !== "string"){
const err4 = {instancePath:instancePath+"/options/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath:instancePath+"/options",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.uidMappings !== undefined){
let data5 = data.uidMappings;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
if(!(validate14(data5[i1], {instancePath:instancePath+"/uidMappings/" + i1,parentData:data5,parentDataProperty:i1,rootData}))){
vErrors = vErrors === null ? validate14.errors : vErrors.concat(validate14.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath:instancePath+"/uidMappings",schemaPath:"#/properties/uidMappings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.gidMappings !== undefined){
let data7 = data.gidMappings;
if(Array.isArray(data7)){
const len2 = data7.length;
for(let i2=0; i2<len2; i2++){
if(!(validate14(data7[i2], {instancePath:instancePath+"/gidMappings/" + i2,parentData:data7,parentDataProperty:i2,rootData}))){
vErrors = vErrors === null ? validate14.errors : vErrors.concat(validate14.errors);
errors = vErrors.length;
}
}
}
else {
const err7 = {instancePath:instancePath+"/gidMappings",schemaPath:"#/properties/gidMappings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate11.errors = vErrors;
return errors === 0;
}

const schema22 = {"type":"object","required":["cwd"],"properties":{"terminal":{"type":"boolean"},"consoleSize":{"$ref":"#/definitions/ConsoleSize"},"user":{"$ref":"#/definitions/User"},"cwd":{"type":"string"},"env":{"$ref":"defs.schema.json#/definitions/Strings"},"args":{"$ref":"defs.schema.json#/definitions/Strings"},"commandLine":{},"rlimits":{"type":"array","items":{"$ref":"#/definitions/Rlimit"}},"capabilities":{"$ref":"#/definitions/Capabilities"},"noNewPrivileges":{"type":"boolean"},"oomScoreAdj":{"type":"integer","minimum":-1000,"maximum":1000},"scheduler":{"$ref":"#/definitions/Scheduler"},"ioPriority":{"$ref":"#/definitions/IoPriority"},"execCPUAffinity":{"$ref":"#/definitions/ExecCpuAffinity"},"apparmorProfile":{"type":"string"},"selinuxLabel":{"type":"string"}}};
const schema53 = {"type":"object","properties":{"initial":{"type":"string"},"final":{"type":"string"}}};
const schema23 = {"type":"object","required":["height","width"],"properties":{"height":{"$ref":"defs.schema.json#/definitions/Uint64"},"width":{"$ref":"defs.schema.json#/definitions/Uint64"}}};
const schema24 = {"type":"integer","minimum":0,"maximum":18446744073709552000};

function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.height === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "height"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.width === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "width"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.height !== undefined){
let data0 = data.height;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err2 = {instancePath:instancePath+"/height",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 18446744073709552000 || isNaN(data0)){
const err3 = {instancePath:instancePath+"/height",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/height",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.width !== undefined){
let data1 = data.width;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err5 = {instancePath:instancePath+"/width",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 18446744073709552000 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/width",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/width",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate20.errors = vErrors;
return errors === 0;
}

const schema26 = {"type":"object","required":["uid","gid"],"properties":{"uid":{"$ref":"defs.schema.json#/definitions/Uint32"},"gid":{"$ref":"defs.schema.json#/definitions/Uint32"},"umask":{"$ref":"defs.schema.json#/definitions/Uint32"},"additionalGids":{"type":"array","items":{"$ref":"defs.schema.json#/definitions/Uint32"}},"username":{}}};

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.uid === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "uid"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.gid === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "gid"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.uid !== undefined){
let data0 = data.uid;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err2 = {instancePath:instancePath+"/uid",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 4294967295 || isNaN(data0)){
const err3 = {instancePath:instancePath+"/uid",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/uid",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.gid !== undefined){
let data1 = data.gid;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err5 = {instancePath:instancePath+"/gid",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 4294967295 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/gid",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/gid",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
if(data.umask !== undefined){
let data2 = data.umask;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err8 = {instancePath:instancePath+"/umask",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 4294967295 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/umask",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/umask",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
if(data.additionalGids !== undefined){
let data3 = data.additionalGids;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err11 = {instancePath:instancePath+"/additionalGids/" + i0,schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 4294967295 || isNaN(data4)){
const err12 = {instancePath:instancePath+"/additionalGids/" + i0,schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data4 < 0 || isNaN(data4)){
const err13 = {instancePath:instancePath+"/additionalGids/" + i0,schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
}
else {
const err14 = {instancePath:instancePath+"/additionalGids",schemaPath:"#/properties/additionalGids/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
else {
const err15 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
validate22.errors = vErrors;
return errors === 0;
}

const schema33 = {"type":"object","required":["type","soft","hard"],"properties":{"type":{"$ref":"#/definitions/RlimitType"},"soft":{"$ref":"defs.schema.json#/definitions/Uint64"},"hard":{"$ref":"defs.schema.json#/definitions/Uint64"}}};
const schema34 = {"type":"string","enum":["RLIMIT_AS","RLIMIT_CORE","RLIMIT_CPU","RLIMIT_DATA","RLIMIT_FSIZE","RLIMIT_LOCKS","RLIMIT_MEMLOCK","RLIMIT_MSGQUEUE","RLIMIT_NICE","RLIMIT_NOFILE","RLIMIT_NPROC","RLIMIT_RSS","RLIMIT_RTPRIO","RLIMIT_RTTIME","RLIMIT_SIGPENDING","RLIMIT_STACK"]};

function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.type === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "type"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.soft === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "soft"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.hard === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "hard"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.type !== undefined){
let data0 = data.type;
if(typeof data0 !== "string"){
const err3 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/RlimitType/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!((((((((((((((((data0 === "RLIMIT_AS") || (data0 === "RLIMIT_CORE")) || (data0 === "RLIMIT_CPU")) || (data0 === "RLIMIT_DATA")) || (data0 === "RLIMIT_FSIZE")) || (data0 === "RLIMIT_LOCKS")) || (data0 === "RLIMIT_MEMLOCK")) || (data0 === "RLIMIT_MSGQUEUE")) || (data0 === "RLIMIT_NICE")) || (data0 === "RLIMIT_NOFILE")) || (data0 === "RLIMIT_NPROC")) || (data0 === "RLIMIT_RSS")) || (data0 === "RLIMIT_RTPRIO")) || (data0 === "RLIMIT_RTTIME")) || (data0 === "RLIMIT_SIGPENDING")) || (data0 === "RLIMIT_STACK"))){
const err4 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/RlimitType/enum",keyword:"enum",params:{allowedValues: schema34.enum}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.soft !== undefined){
let data1 = data.soft;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err5 = {instancePath:instancePath+"/soft",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 18446744073709552000 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/soft",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/soft",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
if(data.hard !== undefined){
let data2 = data.hard;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err8 = {instancePath:instancePath+"/hard",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 18446744073709552000 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/hard",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/hard",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
}
else {
const err11 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
validate24.errors = vErrors;
return errors === 0;
}

const schema37 = {"type":"object","properties":{"effective":{"$ref":"defs.schema.json#/definitions/Strings"},"bounding":{"$ref":"defs.schema.json#/definitions/Strings"},"inheritable":{"$ref":"defs.schema.json#/definitions/Strings"},"permitted":{"$ref":"defs.schema.json#/definitions/Strings"},"ambient":{"$ref":"defs.schema.json#/definitions/Strings"}}};

function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.effective !== undefined){
let data0 = data.effective;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
const err0 = {instancePath:instancePath+"/effective/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
}
else {
const err1 = {instancePath:instancePath+"/effective",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.bounding !== undefined){
let data2 = data.bounding;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(typeof data2[i1] !== "string"){
const err2 = {instancePath:instancePath+"/bounding/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
else {
const err3 = {instancePath:instancePath+"/bounding",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.inheritable !== undefined){
let data4 = data.inheritable;
if(Array.isArray(data4)){
const len2 = data4.length;
for(let i2=0; i2<len2; i2++){
if(typeof data4[i2] !== "string"){
const err4 = {instancePath:instancePath+"/inheritable/" + i2,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath:instancePath+"/inheritable",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.permitted !== undefined){
let data6 = data.permitted;
if(Array.isArray(data6)){
const len3 = data6.length;
for(let i3=0; i3<len3; i3++){
if(typeof data6[i3] !== "string"){
const err6 = {instancePath:instancePath+"/permitted/" + i3,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath:instancePath+"/permitted",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.ambient !== undefined){
let data8 = data.ambient;
if(Array.isArray(data8)){
const len4 = data8.length;
for(let i4=0; i4<len4; i4++){
if(typeof data8[i4] !== "string"){
const err8 = {instancePath:instancePath+"/ambient/" + i4,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
else {
const err9 = {instancePath:instancePath+"/ambient",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}

const schema43 = {"type":"object","required":["policy"],"properties":{"policy":{"$ref":"#/definitions/SchedulerPolicy"},"nice":{"$ref":"defs.schema.json#/definitions/Int32"},"priority":{"$ref":"defs.schema.json#/definitions/Int32"},"flags":{"type":"array","items":{"$ref":"#/definitions/SchedulerFlag"}},"runtime":{"$ref":"defs.schema.json#/definitions/Uint64"},"deadline":{"$ref":"defs.schema.json#/definitions/Uint64"},"period":{"$ref":"defs.schema.json#/definitions/Uint64"}}};
const schema44 = {"type":"string","enum":["SCHED_OTHER","SCHED_FIFO","SCHED_RR","SCHED_BATCH","SCHED_ISO","SCHED_IDLE","SCHED_DEADLINE"]};
const schema45 = {"type":"integer","minimum":-2147483648,"maximum":2147483647};
const schema47 = {"type":"string","enum":["SCHED_FLAG_RESET_ON_FORK","SCHED_FLAG_RECLAIM","SCHED_FLAG_DL_OVERRUN","SCHED_FLAG_KEEP_POLICY","SCHED_FLAG_KEEP_PARAMS","SCHED_FLAG_UTIL_CLAMP_MIN","SCHED_FLAG_UTIL_CLAMP_MAX"]};

function validate28(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.policy === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "policy"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.policy !== undefined){
let data0 = data.policy;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/policy",schemaPath:"#/definitions/SchedulerPolicy/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!(((((((data0 === "SCHED_OTHER") || (data0 === "SCHED_FIFO")) || (data0 === "SCHED_RR")) || (data0 === "SCHED_BATCH")) || (data0 === "SCHED_ISO")) || (data0 === "SCHED_IDLE")) || (data0 === "SCHED_DEADLINE"))){
const err2 = {instancePath:instancePath+"/policy",schemaPath:"#/definitions/SchedulerPolicy/enum",keyword:"enum",params:{allowedValues: schema44.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.nice !== undefined){
let data1 = data.nice;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/nice",schemaPath:"defs.schema.json#/definitions/Int32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 2147483647 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/nice",schemaPath:"defs.schema.json#/definitions/Int32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2147483647}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < -2147483648 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/nice",schemaPath:"defs.schema.json#/definitions/Int32/minimum",keyword:"minimum",params:{comparison: ">=", limit: -2147483648}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.priority !== undefined){
let data2 = data.priority;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/priority",schemaPath:"defs.schema.json#/definitions/Int32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 2147483647 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/priority",schemaPath:"defs.schema.json#/definitions/Int32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2147483647}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2 < -2147483648 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/priority",schemaPath:"defs.schema.json#/definitions/Int32/minimum",keyword:"minimum",params:{comparison: ">=", limit: -2147483648}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.flags !== undefined){
let data3 = data.flags;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
if(typeof data4 !== "string"){
const err9 = {instancePath:instancePath+"/flags/" + i0,schemaPath:"#/definitions/SchedulerFlag/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!(((((((data4 === "SCHED_FLAG_RESET_ON_FORK") || (data4 === "SCHED_FLAG_RECLAIM")) || (data4 === "SCHED_FLAG_DL_OVERRUN")) || (data4 === "SCHED_FLAG_KEEP_POLICY")) || (data4 === "SCHED_FLAG_KEEP_PARAMS")) || (data4 === "SCHED_FLAG_UTIL_CLAMP_MIN")) || (data4 === "SCHED_FLAG_UTIL_CLAMP_MAX"))){
const err10 = {instancePath:instancePath+"/flags/" + i0,schemaPath:"#/definitions/SchedulerFlag/enum",keyword:"enum",params:{allowedValues: schema47.enum}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath:instancePath+"/flags",schemaPath:"#/properties/flags/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.runtime !== undefined){
let data5 = data.runtime;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err12 = {instancePath:instancePath+"/runtime",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 18446744073709552000 || isNaN(data5)){
const err13 = {instancePath:instancePath+"/runtime",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err14 = {instancePath:instancePath+"/runtime",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
if(data.deadline !== undefined){
let data6 = data.deadline;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err15 = {instancePath:instancePath+"/deadline",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 18446744073709552000 || isNaN(data6)){
const err16 = {instancePath:instancePath+"/deadline",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(data6 < 0 || isNaN(data6)){
const err17 = {instancePath:instancePath+"/deadline",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
if(data.period !== undefined){
let data7 = data.period;
if(!(((typeof data7 == "number") && (!(data7 % 1) && !isNaN(data7))) && (isFinite(data7)))){
const err18 = {instancePath:instancePath+"/period",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if((typeof data7 == "number") && (isFinite(data7))){
if(data7 > 18446744073709552000 || isNaN(data7)){
const err19 = {instancePath:instancePath+"/period",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
if(data7 < 0 || isNaN(data7)){
const err20 = {instancePath:instancePath+"/period",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
}
}
else {
const err21 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
validate28.errors = vErrors;
return errors === 0;
}

const schema51 = {"type":"object","required":["class","priority"],"properties":{"class":{"$ref":"#/definitions/IoPriorityClass"},"priority":{"type":"integer","minimum":0,"maximum":7}}};
const schema52 = {"type":"string","enum":["IOPRIO_CLASS_RT","IOPRIO_CLASS_BE","IOPRIO_CLASS_IDLE"]};

function validate30(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.class === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "class"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.priority === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "priority"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.class !== undefined){
let data0 = data.class;
if(typeof data0 !== "string"){
const err2 = {instancePath:instancePath+"/class",schemaPath:"#/definitions/IoPriorityClass/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!(((data0 === "IOPRIO_CLASS_RT") || (data0 === "IOPRIO_CLASS_BE")) || (data0 === "IOPRIO_CLASS_IDLE"))){
const err3 = {instancePath:instancePath+"/class",schemaPath:"#/definitions/IoPriorityClass/enum",keyword:"enum",params:{allowedValues: schema52.enum}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.priority !== undefined){
let data1 = data.priority;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err4 = {instancePath:instancePath+"/priority",schemaPath:"#/properties/priority/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 7 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/priority",schemaPath:"#/properties/priority/maximum",keyword:"maximum",params:{comparison: "<=", limit: 7}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/priority",schemaPath:"#/properties/priority/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate30.errors = vErrors;
return errors === 0;
}


function validate19(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.cwd === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "cwd"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.terminal !== undefined){
if(typeof data.terminal !== "boolean"){
const err1 = {instancePath:instancePath+"/terminal",schemaPath:"#/properties/terminal/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.consoleSize !== undefined){
if(!(validate20(data.consoleSize, {instancePath:instancePath+"/consoleSize",parentData:data,parentDataProperty:"consoleSize",rootData}))){
vErrors = vErrors === null ? validate20.errors : vErrors.concat(validate20.errors);
errors = vErrors.length;
}
}
if(data.user !== undefined){
if(!(validate22(data.user, {instancePath:instancePath+"/user",parentData:data,parentDataProperty:"user",rootData}))){
vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
errors = vErrors.length;
}
}
if(data.cwd !== undefined){
if(typeof data.cwd !== "string"){
const err2 = {instancePath:instancePath+"/cwd",schemaPath:"#/properties/cwd/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.env !== undefined){
let data4 = data.env;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
if(typeof data4[i0] !== "string"){
const err3 = {instancePath:instancePath+"/env/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath:instancePath+"/env",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.args !== undefined){
let data6 = data.args;
if(Array.isArray(data6)){
const len1 = data6.length;
for(let i1=0; i1<len1; i1++){
if(typeof data6[i1] !== "string"){
const err5 = {instancePath:instancePath+"/args/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/args",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.rlimits !== undefined){
let data8 = data.rlimits;
if(Array.isArray(data8)){
const len2 = data8.length;
for(let i2=0; i2<len2; i2++){
if(!(validate24(data8[i2], {instancePath:instancePath+"/rlimits/" + i2,parentData:data8,parentDataProperty:i2,rootData}))){
vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
errors = vErrors.length;
}
}
}
else {
const err7 = {instancePath:instancePath+"/rlimits",schemaPath:"#/properties/rlimits/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.capabilities !== undefined){
if(!(validate26(data.capabilities, {instancePath:instancePath+"/capabilities",parentData:data,parentDataProperty:"capabilities",rootData}))){
vErrors = vErrors === null ? validate26.errors : vErrors.concat(validate26.errors);
errors = vErrors.length;
}
}
if(data.noNewPrivileges !== undefined){
if(typeof data.noNewPrivileges !== "boolean"){
const err8 = {instancePath:instancePath+"/noNewPrivileges",schemaPath:"#/properties/noNewPrivileges/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.oomScoreAdj !== undefined){
let data12 = data.oomScoreAdj;
if(!(((typeof data12 == "number") && (!(data12 % 1) && !isNaN(data12))) && (isFinite(data12)))){
const err9 = {instancePath:instancePath+"/oomScoreAdj",schemaPath:"#/properties/oomScoreAdj/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data12 == "number") && (isFinite(data12))){
if(data12 > 1000 || isNaN(data12)){
const err10 = {instancePath:instancePath+"/oomScoreAdj",schemaPath:"#/properties/oomScoreAdj/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data12 < -1000 || isNaN(data12)){
const err11 = {instancePath:instancePath+"/oomScoreAdj",schemaPath:"#/properties/oomScoreAdj/minimum",keyword:"minimum",params:{comparison: ">=", limit: -1000}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.scheduler !== undefined){
if(!(validate28(data.scheduler, {instancePath:instancePath+"/scheduler",parentData:data,parentDataProperty:"scheduler",rootData}))){
vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
errors = vErrors.length;
}
}
if(data.ioPriority !== undefined){
if(!(validate30(data.ioPriority, {instancePath:instancePath+"/ioPriority",parentData:data,parentDataProperty:"ioPriority",rootData}))){
vErrors = vErrors === null ? validate30.errors : vErrors.concat(validate30.errors);
errors = vErrors.length;
}
}
if(data.execCPUAffinity !== undefined){
let data15 = data.execCPUAffinity;
if(data15 && typeof data15 == "object" && !Array.isArray(data15)){
if(data15.initial !== undefined){
if(typeof data15.initial !== "string"){
const err12 = {instancePath:instancePath+"/execCPUAffinity/initial",schemaPath:"#/definitions/ExecCpuAffinity/properties/initial/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data15.final !== undefined){
if(typeof data15.final !== "string"){
const err13 = {instancePath:instancePath+"/execCPUAffinity/final",schemaPath:"#/definitions/ExecCpuAffinity/properties/final/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
else {
const err14 = {instancePath:instancePath+"/execCPUAffinity",schemaPath:"#/definitions/ExecCpuAffinity/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.apparmorProfile !== undefined){
if(typeof data.apparmorProfile !== "string"){
const err15 = {instancePath:instancePath+"/apparmorProfile",schemaPath:"#/properties/apparmorProfile/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.selinuxLabel !== undefined){
if(typeof data.selinuxLabel !== "string"){
const err16 = {instancePath:instancePath+"/selinuxLabel",schemaPath:"#/properties/selinuxLabel/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
validate19.errors = vErrors;
return errors === 0;
}

const schema54 = {"type":"object","properties":{"prestart":{"$ref":"#/definitions/HookList"},"createRuntime":{"$ref":"#/definitions/HookList"},"createContainer":{"$ref":"#/definitions/HookList"},"startContainer":{"$ref":"#/definitions/HookList"},"poststart":{"$ref":"#/definitions/HookList"},"poststop":{"$ref":"#/definitions/HookList"}}};
const schema55 = {"type":"array","items":{"$ref":"#/definitions/Hook"}};
const schema56 = {"type":"object","required":["path"],"properties":{"path":{"type":"string"},"args":{"$ref":"defs.schema.json#/definitions/Strings"},"env":{"$ref":"defs.schema.json#/definitions/Strings"},"timeout":{"type":"integer","minimum":1,"maximum":9223372036854776000}}};

function validate35(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.path === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "path"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.path !== undefined){
if(typeof data.path !== "string"){
const err1 = {instancePath:instancePath+"/path",schemaPath:"#/properties/path/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.args !== undefined){
let data1 = data.args;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
const err2 = {instancePath:instancePath+"/args/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
else {
const err3 = {instancePath:instancePath+"/args",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.env !== undefined){
let data3 = data.env;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
if(typeof data3[i1] !== "string"){
const err4 = {instancePath:instancePath+"/env/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath:instancePath+"/env",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.timeout !== undefined){
let data5 = data.timeout;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err6 = {instancePath:instancePath+"/timeout",schemaPath:"#/properties/timeout/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 9223372036854776000 || isNaN(data5)){
const err7 = {instancePath:instancePath+"/timeout",schemaPath:"#/properties/timeout/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data5 < 1 || isNaN(data5)){
const err8 = {instancePath:instancePath+"/timeout",schemaPath:"#/properties/timeout/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
}
else {
const err9 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
validate35.errors = vErrors;
return errors === 0;
}


function validate34(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate35(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate34.errors = vErrors;
return errors === 0;
}


function validate33(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.prestart !== undefined){
if(!(validate34(data.prestart, {instancePath:instancePath+"/prestart",parentData:data,parentDataProperty:"prestart",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.createRuntime !== undefined){
if(!(validate34(data.createRuntime, {instancePath:instancePath+"/createRuntime",parentData:data,parentDataProperty:"createRuntime",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.createContainer !== undefined){
if(!(validate34(data.createContainer, {instancePath:instancePath+"/createContainer",parentData:data,parentDataProperty:"createContainer",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.startContainer !== undefined){
if(!(validate34(data.startContainer, {instancePath:instancePath+"/startContainer",parentData:data,parentDataProperty:"startContainer",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.poststart !== undefined){
if(!(validate34(data.poststart, {instancePath:instancePath+"/poststart",parentData:data,parentDataProperty:"poststart",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.poststop !== undefined){
if(!(validate34(data.poststop, {instancePath:instancePath+"/poststop",parentData:data,parentDataProperty:"poststop",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate33.errors = vErrors;
return errors === 0;
}

const schema60 = {"type":"object","properties":{"namespaces":{"type":"array","items":{"$ref":"#/definitions/Namespace"}},"uidMappings":{"type":"array","items":{"$ref":"#/definitions/IdMapping"}},"gidMappings":{"type":"array","items":{"$ref":"#/definitions/IdMapping"}},"timeOffsets":{"type":"object","additionalProperties":{"$ref":"#/definitions/TimeOffset"}},"devices":{"type":"array","items":{"$ref":"#/definitions/Device"}},"netDevices":{"type":"object","additionalProperties":{"$ref":"#/definitions/NetDevice"}},"cgroupsPath":{"type":"string"},"resources":{"$ref":"resources.schema.json#/definitions/LinuxResources"},"rootfsPropagation":{"$ref":"#/definitions/RootfsPropagation"},"seccomp":{"$ref":"seccomp.schema.json#/definitions/Seccomp"},"sysctl":{"$ref":"defs.schema.json#/definitions/StringMap"},"maskedPaths":{"$ref":"defs.schema.json#/definitions/Strings"},"readonlyPaths":{"$ref":"defs.schema.json#/definitions/Strings"},"mountLabel":{"type":"string"},"intelRdt":{"$ref":"#/definitions/IntelRdt"},"memoryPolicy":{"$ref":"#/definitions/MemoryPolicy"},"personality":{"$ref":"#/definitions/Personality"}}};
const schema76 = {"type":"object","properties":{"name":{"type":"string"}}};
const schema123 = {"type":"string","enum":["","shared","slave","private","unbindable","rshared","rslave","rprivate","runbindable"]};
const schema61 = {"type":"object","required":["type"],"properties":{"type":{"$ref":"#/definitions/NamespaceType"},"path":{"type":"string"}}};
const schema62 = {"type":"string","enum":["pid","network","mount","ipc","uts","user","cgroup","time"]};

function validate45(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.type === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "type"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.type !== undefined){
let data0 = data.type;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/NamespaceType/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!((((((((data0 === "pid") || (data0 === "network")) || (data0 === "mount")) || (data0 === "ipc")) || (data0 === "uts")) || (data0 === "user")) || (data0 === "cgroup")) || (data0 === "time"))){
const err2 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/NamespaceType/enum",keyword:"enum",params:{allowedValues: schema62.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.path !== undefined){
if(typeof data.path !== "string"){
const err3 = {instancePath:instancePath+"/path",schemaPath:"#/properties/path/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate45.errors = vErrors;
return errors === 0;
}


function validate47(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.containerID === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "containerID"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.hostID === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "hostID"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.size === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "size"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.containerID !== undefined){
let data0 = data.containerID;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err3 = {instancePath:instancePath+"/containerID",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 4294967295 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/containerID",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err5 = {instancePath:instancePath+"/containerID",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.hostID !== undefined){
let data1 = data.hostID;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err6 = {instancePath:instancePath+"/hostID",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 4294967295 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/hostID",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err8 = {instancePath:instancePath+"/hostID",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.size !== undefined){
let data2 = data.size;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err9 = {instancePath:instancePath+"/size",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 4294967295 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/size",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err11 = {instancePath:instancePath+"/size",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate47.errors = vErrors;
return errors === 0;
}

const schema67 = {"type":"object","properties":{"secs":{"$ref":"defs.schema.json#/definitions/Int64"},"nanosecs":{"type":"integer","minimum":0,"maximum":999999999}}};
const schema68 = {"type":"integer","minimum":-9223372036854776000,"maximum":9223372036854776000};

function validate50(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.secs !== undefined){
let data0 = data.secs;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/secs",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 9223372036854776000 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/secs",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < -9223372036854776000 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/secs",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
if(data.nanosecs !== undefined){
let data1 = data.nanosecs;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/nanosecs",schemaPath:"#/properties/nanosecs/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 999999999 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/nanosecs",schemaPath:"#/properties/nanosecs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 999999999}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/nanosecs",schemaPath:"#/properties/nanosecs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate50.errors = vErrors;
return errors === 0;
}

const schema69 = {"type":"object","required":["type","path"],"properties":{"type":{"$ref":"#/definitions/DeviceType"},"path":{"type":"string"},"major":{"$ref":"defs.schema.json#/definitions/Int64"},"minor":{"$ref":"defs.schema.json#/definitions/Int64"},"fileMode":{"$ref":"defs.schema.json#/definitions/Uint32"},"uid":{"$ref":"defs.schema.json#/definitions/Uint32"},"gid":{"$ref":"defs.schema.json#/definitions/Uint32"}}};
const schema70 = {"type":"string","enum":["c","b","u","p"]};

function validate52(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.type === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "type"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.path === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "path"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.type !== undefined){
let data0 = data.type;
if(typeof data0 !== "string"){
const err2 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/DeviceType/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!((((data0 === "c") || (data0 === "b")) || (data0 === "u")) || (data0 === "p"))){
const err3 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/DeviceType/enum",keyword:"enum",params:{allowedValues: schema70.enum}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.path !== undefined){
if(typeof data.path !== "string"){
const err4 = {instancePath:instancePath+"/path",schemaPath:"#/properties/path/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.major !== undefined){
let data2 = data.major;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err5 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 9223372036854776000 || isNaN(data2)){
const err6 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data2 < -9223372036854776000 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
if(data.minor !== undefined){
let data3 = data.minor;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err8 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 9223372036854776000 || isNaN(data3)){
const err9 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data3 < -9223372036854776000 || isNaN(data3)){
const err10 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
if(data.fileMode !== undefined){
let data4 = data.fileMode;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err11 = {instancePath:instancePath+"/fileMode",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 4294967295 || isNaN(data4)){
const err12 = {instancePath:instancePath+"/fileMode",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data4 < 0 || isNaN(data4)){
const err13 = {instancePath:instancePath+"/fileMode",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
if(data.uid !== undefined){
let data5 = data.uid;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err14 = {instancePath:instancePath+"/uid",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 4294967295 || isNaN(data5)){
const err15 = {instancePath:instancePath+"/uid",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err16 = {instancePath:instancePath+"/uid",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
if(data.gid !== undefined){
let data6 = data.gid;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err17 = {instancePath:instancePath+"/gid",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 4294967295 || isNaN(data6)){
const err18 = {instancePath:instancePath+"/gid",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data6 < 0 || isNaN(data6)){
const err19 = {instancePath:instancePath+"/gid",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
}
else {
const err20 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
validate52.errors = vErrors;
return errors === 0;
}

const schema78 = {"type":"object","properties":{"devices":{"type":"array","items":{"$ref":"#/definitions/DeviceRule"}},"memory":{"$ref":"#/definitions/MemoryResources"},"cpu":{"$ref":"#/definitions/CpuResources"},"blockIO":{"$ref":"#/definitions/BlockIoResources"},"hugepageLimits":{"type":"array","items":{"$ref":"#/definitions/HugepageLimit"}},"network":{"$ref":"#/definitions/NetworkResources"},"pids":{"$ref":"#/definitions/PidsResources"},"rdma":{"type":"object","additionalProperties":{"$ref":"#/definitions/RdmaLimit"}},"unified":{"$ref":"defs.schema.json#/definitions/StringMap"}}};
const schema79 = {"type":"object","required":["allow"],"properties":{"allow":{"type":"boolean"},"type":{"$ref":"#/definitions/DeviceRuleType"},"major":{"$ref":"defs.schema.json#/definitions/Int64"},"minor":{"$ref":"defs.schema.json#/definitions/Int64"},"access":{"type":"string"}}};
const schema80 = {"type":"string","enum":["","a","c","b"]};

function validate56(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.allow === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "allow"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.allow !== undefined){
if(typeof data.allow !== "boolean"){
const err1 = {instancePath:instancePath+"/allow",schemaPath:"#/properties/allow/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.type !== undefined){
let data1 = data.type;
if(typeof data1 !== "string"){
const err2 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/DeviceRuleType/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!((((data1 === "") || (data1 === "a")) || (data1 === "c")) || (data1 === "b"))){
const err3 = {instancePath:instancePath+"/type",schemaPath:"#/definitions/DeviceRuleType/enum",keyword:"enum",params:{allowedValues: schema80.enum}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.major !== undefined){
let data2 = data.major;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err4 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 9223372036854776000 || isNaN(data2)){
const err5 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data2 < -9223372036854776000 || isNaN(data2)){
const err6 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
if(data.minor !== undefined){
let data3 = data.minor;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err7 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 9223372036854776000 || isNaN(data3)){
const err8 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data3 < -9223372036854776000 || isNaN(data3)){
const err9 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
if(data.access !== undefined){
if(typeof data.access !== "string"){
const err10 = {instancePath:instancePath+"/access",schemaPath:"#/properties/access/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
validate56.errors = vErrors;
return errors === 0;
}

const schema83 = {"type":"object","properties":{"limit":{"$ref":"defs.schema.json#/definitions/Int64"},"reservation":{"$ref":"defs.schema.json#/definitions/Int64"},"swap":{"$ref":"defs.schema.json#/definitions/Int64"},"kernel":{"$ref":"defs.schema.json#/definitions/Int64"},"kernelTCP":{"$ref":"defs.schema.json#/definitions/Int64"},"swappiness":{"$ref":"defs.schema.json#/definitions/Uint64"},"disableOOMKiller":{"type":"boolean"},"useHierarchy":{"type":"boolean"},"checkBeforeUpdate":{"type":"boolean"}}};

function validate58(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.limit !== undefined){
let data0 = data.limit;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 9223372036854776000 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < -9223372036854776000 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
if(data.reservation !== undefined){
let data1 = data.reservation;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/reservation",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 9223372036854776000 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/reservation",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < -9223372036854776000 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/reservation",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.swap !== undefined){
let data2 = data.swap;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/swap",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 9223372036854776000 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/swap",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2 < -9223372036854776000 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/swap",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.kernel !== undefined){
let data3 = data.kernel;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err9 = {instancePath:instancePath+"/kernel",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 9223372036854776000 || isNaN(data3)){
const err10 = {instancePath:instancePath+"/kernel",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data3 < -9223372036854776000 || isNaN(data3)){
const err11 = {instancePath:instancePath+"/kernel",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.kernelTCP !== undefined){
let data4 = data.kernelTCP;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err12 = {instancePath:instancePath+"/kernelTCP",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 9223372036854776000 || isNaN(data4)){
const err13 = {instancePath:instancePath+"/kernelTCP",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data4 < -9223372036854776000 || isNaN(data4)){
const err14 = {instancePath:instancePath+"/kernelTCP",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
if(data.swappiness !== undefined){
let data5 = data.swappiness;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err15 = {instancePath:instancePath+"/swappiness",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 18446744073709552000 || isNaN(data5)){
const err16 = {instancePath:instancePath+"/swappiness",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err17 = {instancePath:instancePath+"/swappiness",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
if(data.disableOOMKiller !== undefined){
if(typeof data.disableOOMKiller !== "boolean"){
const err18 = {instancePath:instancePath+"/disableOOMKiller",schemaPath:"#/properties/disableOOMKiller/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.useHierarchy !== undefined){
if(typeof data.useHierarchy !== "boolean"){
const err19 = {instancePath:instancePath+"/useHierarchy",schemaPath:"#/properties/useHierarchy/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.checkBeforeUpdate !== undefined){
if(typeof data.checkBeforeUpdate !== "boolean"){
const err20 = {instancePath:instancePath+"/checkBeforeUpdate",schemaPath:"#/properties/checkBeforeUpdate/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
}
else {
const err21 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
validate58.errors = vErrors;
return errors === 0;
}

const schema90 = {"type":"object","properties":{"shares":{"$ref":"defs.schema.json#/definitions/Uint64"},"quota":{"$ref":"defs.schema.json#/definitions/Int64"},"burst":{"$ref":"defs.schema.json#/definitions/Uint64"},"period":{"$ref":"defs.schema.json#/definitions/Uint64"},"realtimeRuntime":{"$ref":"defs.schema.json#/definitions/Int64"},"realtimePeriod":{"$ref":"defs.schema.json#/definitions/Uint64"},"cpus":{"type":"string"},"mems":{"type":"string"},"idle":{"$ref":"defs.schema.json#/definitions/Int64"}}};

function validate60(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.shares !== undefined){
let data0 = data.shares;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/shares",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 18446744073709552000 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/shares",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/shares",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
if(data.quota !== undefined){
let data1 = data.quota;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/quota",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 9223372036854776000 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/quota",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < -9223372036854776000 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/quota",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.burst !== undefined){
let data2 = data.burst;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/burst",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 18446744073709552000 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/burst",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/burst",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.period !== undefined){
let data3 = data.period;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err9 = {instancePath:instancePath+"/period",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 18446744073709552000 || isNaN(data3)){
const err10 = {instancePath:instancePath+"/period",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data3 < 0 || isNaN(data3)){
const err11 = {instancePath:instancePath+"/period",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.realtimeRuntime !== undefined){
let data4 = data.realtimeRuntime;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err12 = {instancePath:instancePath+"/realtimeRuntime",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 9223372036854776000 || isNaN(data4)){
const err13 = {instancePath:instancePath+"/realtimeRuntime",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data4 < -9223372036854776000 || isNaN(data4)){
const err14 = {instancePath:instancePath+"/realtimeRuntime",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
if(data.realtimePeriod !== undefined){
let data5 = data.realtimePeriod;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err15 = {instancePath:instancePath+"/realtimePeriod",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 18446744073709552000 || isNaN(data5)){
const err16 = {instancePath:instancePath+"/realtimePeriod",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err17 = {instancePath:instancePath+"/realtimePeriod",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
if(data.cpus !== undefined){
if(typeof data.cpus !== "string"){
const err18 = {instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.mems !== undefined){
if(typeof data.mems !== "string"){
const err19 = {instancePath:instancePath+"/mems",schemaPath:"#/properties/mems/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.idle !== undefined){
let data8 = data.idle;
if(!(((typeof data8 == "number") && (!(data8 % 1) && !isNaN(data8))) && (isFinite(data8)))){
const err20 = {instancePath:instancePath+"/idle",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
if((typeof data8 == "number") && (isFinite(data8))){
if(data8 > 9223372036854776000 || isNaN(data8)){
const err21 = {instancePath:instancePath+"/idle",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(data8 < -9223372036854776000 || isNaN(data8)){
const err22 = {instancePath:instancePath+"/idle",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
}
else {
const err23 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
validate60.errors = vErrors;
return errors === 0;
}

const schema98 = {"type":"object","properties":{"weight":{"$ref":"defs.schema.json#/definitions/Uint16"},"leafWeight":{"$ref":"defs.schema.json#/definitions/Uint16"},"weightDevice":{"type":"array","items":{"$ref":"#/definitions/WeightDevice"}},"throttleReadBpsDevice":{"$ref":"#/definitions/ThrottleDevices"},"throttleWriteBpsDevice":{"$ref":"#/definitions/ThrottleDevices"},"throttleReadIOPSDevice":{"$ref":"#/definitions/ThrottleDevices"},"throttleWriteIOPSDevice":{"$ref":"#/definitions/ThrottleDevices"}}};
const schema99 = {"type":"integer","minimum":0,"maximum":65535};
const schema101 = {"type":"object","required":["major","minor"],"properties":{"major":{"$ref":"defs.schema.json#/definitions/Int64"},"minor":{"$ref":"defs.schema.json#/definitions/Int64"},"weight":{"$ref":"defs.schema.json#/definitions/Uint16"},"leafWeight":{"$ref":"defs.schema.json#/definitions/Uint16"}}};

function validate63(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.major === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "major"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.minor === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "minor"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.major !== undefined){
let data0 = data.major;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err2 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 9223372036854776000 || isNaN(data0)){
const err3 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data0 < -9223372036854776000 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.minor !== undefined){
let data1 = data.minor;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err5 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 9223372036854776000 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data1 < -9223372036854776000 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
if(data.weight !== undefined){
let data2 = data.weight;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err8 = {instancePath:instancePath+"/weight",schemaPath:"defs.schema.json#/definitions/Uint16/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 65535 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/weight",schemaPath:"defs.schema.json#/definitions/Uint16/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/weight",schemaPath:"defs.schema.json#/definitions/Uint16/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
if(data.leafWeight !== undefined){
let data3 = data.leafWeight;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err11 = {instancePath:instancePath+"/leafWeight",schemaPath:"defs.schema.json#/definitions/Uint16/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 65535 || isNaN(data3)){
const err12 = {instancePath:instancePath+"/leafWeight",schemaPath:"defs.schema.json#/definitions/Uint16/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data3 < 0 || isNaN(data3)){
const err13 = {instancePath:instancePath+"/leafWeight",schemaPath:"defs.schema.json#/definitions/Uint16/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
}
else {
const err14 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
validate63.errors = vErrors;
return errors === 0;
}

const schema106 = {"type":"array","items":{"$ref":"#/definitions/ThrottleDevice"}};
const schema107 = {"type":"object","required":["major","minor","rate"],"properties":{"major":{"$ref":"defs.schema.json#/definitions/Int64"},"minor":{"$ref":"defs.schema.json#/definitions/Int64"},"rate":{"$ref":"defs.schema.json#/definitions/Uint64"}}};

function validate66(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.major === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "major"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.minor === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "minor"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.rate === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "rate"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.major !== undefined){
let data0 = data.major;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err3 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 9223372036854776000 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data0 < -9223372036854776000 || isNaN(data0)){
const err5 = {instancePath:instancePath+"/major",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.minor !== undefined){
let data1 = data.minor;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err6 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 9223372036854776000 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data1 < -9223372036854776000 || isNaN(data1)){
const err8 = {instancePath:instancePath+"/minor",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.rate !== undefined){
let data2 = data.rate;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err9 = {instancePath:instancePath+"/rate",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 18446744073709552000 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/rate",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err11 = {instancePath:instancePath+"/rate",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate66.errors = vErrors;
return errors === 0;
}


function validate65(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate66(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate66.errors : vErrors.concat(validate66.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate65.errors = vErrors;
return errors === 0;
}


function validate62(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.weight !== undefined){
let data0 = data.weight;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/weight",schemaPath:"defs.schema.json#/definitions/Uint16/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 65535 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/weight",schemaPath:"defs.schema.json#/definitions/Uint16/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/weight",schemaPath:"defs.schema.json#/definitions/Uint16/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
if(data.leafWeight !== undefined){
let data1 = data.leafWeight;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/leafWeight",schemaPath:"defs.schema.json#/definitions/Uint16/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 65535 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/leafWeight",schemaPath:"defs.schema.json#/definitions/Uint16/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/leafWeight",schemaPath:"defs.schema.json#/definitions/Uint16/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.weightDevice !== undefined){
let data2 = data.weightDevice;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
if(!(validate63(data2[i0], {instancePath:instancePath+"/weightDevice/" + i0,parentData:data2,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate63.errors : vErrors.concat(validate63.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath:instancePath+"/weightDevice",schemaPath:"#/properties/weightDevice/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.throttleReadBpsDevice !== undefined){
if(!(validate65(data.throttleReadBpsDevice, {instancePath:instancePath+"/throttleReadBpsDevice",parentData:data,parentDataProperty:"throttleReadBpsDevice",rootData}))){
vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors);
errors = vErrors.length;
}
}
if(data.throttleWriteBpsDevice !== undefined){
if(!(validate65(data.throttleWriteBpsDevice, {instancePath:instancePath+"/throttleWriteBpsDevice",parentData:data,parentDataProperty:"throttleWriteBpsDevice",rootData}))){
vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors);
errors = vErrors.length;
}
}
if(data.throttleReadIOPSDevice !== undefined){
if(!(validate65(data.throttleReadIOPSDevice, {instancePath:instancePath+"/throttleReadIOPSDevice",parentData:data,parentDataProperty:"throttleReadIOPSDevice",rootData}))){
vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors);
errors = vErrors.length;
}
}
if(data.throttleWriteIOPSDevice !== undefined){
if(!(validate65(data.throttleWriteIOPSDevice, {instancePath:instancePath+"/throttleWriteIOPSDevice",parentData:data,parentDataProperty:"throttleWriteIOPSDevice",rootData}))){
vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors);
errors = vErrors.length;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate62.errors = vErrors;
return errors === 0;
}

const schema111 = {"type":"object","required":["pageSize","limit"],"properties":{"pageSize":{"type":"string"},"limit":{"$ref":"defs.schema.json#/definitions/Uint64"}}};

function validate73(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.pageSize === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "pageSize"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.limit === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "limit"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.pageSize !== undefined){
if(typeof data.pageSize !== "string"){
const err2 = {instancePath:instancePath+"/pageSize",schemaPath:"#/properties/pageSize/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.limit !== undefined){
let data1 = data.limit;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 18446744073709552000 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate73.errors = vErrors;
return errors === 0;
}

const schema113 = {"type":"object","properties":{"classID":{"$ref":"defs.schema.json#/definitions/Uint32"},"priorities":{"type":"array","items":{"$ref":"#/definitions/InterfacePriority"}}}};
const schema115 = {"type":"object","required":["name","priority"],"properties":{"name":{"type":"string"},"priority":{"$ref":"defs.schema.json#/definitions/Uint32"}}};

function validate76(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.priority === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "priority"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.name !== undefined){
if(typeof data.name !== "string"){
const err2 = {instancePath:instancePath+"/name",schemaPath:"#/properties/name/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.priority !== undefined){
let data1 = data.priority;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/priority",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 4294967295 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/priority",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/priority",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate76.errors = vErrors;
return errors === 0;
}


function validate75(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.classID !== undefined){
let data0 = data.classID;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/classID",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 4294967295 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/classID",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/classID",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
if(data.priorities !== undefined){
let data1 = data.priorities;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(!(validate76(data1[i0], {instancePath:instancePath+"/priorities/" + i0,parentData:data1,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate76.errors : vErrors.concat(validate76.errors);
errors = vErrors.length;
}
}
}
else {
const err3 = {instancePath:instancePath+"/priorities",schemaPath:"#/properties/priorities/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate75.errors = vErrors;
return errors === 0;
}

const schema117 = {"type":"object","properties":{"limit":{"$ref":"defs.schema.json#/definitions/Int64"}}};

function validate79(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.limit !== undefined){
let data0 = data.limit;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Int64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 9223372036854776000 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Int64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9223372036854776000}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < -9223372036854776000 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/limit",schemaPath:"defs.schema.json#/definitions/Int64/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9223372036854776000}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
}
else {
const err3 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate79.errors = vErrors;
return errors === 0;
}

const schema119 = {"type":"object","properties":{"hcaHandles":{"$ref":"defs.schema.json#/definitions/Uint32"},"hcaObjects":{"$ref":"defs.schema.json#/definitions/Uint32"}}};

function validate81(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.hcaHandles !== undefined){
let data0 = data.hcaHandles;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err0 = {instancePath:instancePath+"/hcaHandles",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 4294967295 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/hcaHandles",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/hcaHandles",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
if(data.hcaObjects !== undefined){
let data1 = data.hcaObjects;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/hcaObjects",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 4294967295 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/hcaObjects",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/hcaObjects",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate81.errors = vErrors;
return errors === 0;
}


function validate55(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.devices !== undefined){
let data0 = data.devices;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate56(data0[i0], {instancePath:instancePath+"/devices/" + i0,parentData:data0,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath:instancePath+"/devices",schemaPath:"#/properties/devices/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.memory !== undefined){
if(!(validate58(data.memory, {instancePath:instancePath+"/memory",parentData:data,parentDataProperty:"memory",rootData}))){
vErrors = vErrors === null ? validate58.errors : vErrors.concat(validate58.errors);
errors = vErrors.length;
}
}
if(data.cpu !== undefined){
if(!(validate60(data.cpu, {instancePath:instancePath+"/cpu",parentData:data,parentDataProperty:"cpu",rootData}))){
vErrors = vErrors === null ? validate60.errors : vErrors.concat(validate60.errors);
errors = vErrors.length;
}
}
if(data.blockIO !== undefined){
if(!(validate62(data.blockIO, {instancePath:instancePath+"/blockIO",parentData:data,parentDataProperty:"blockIO",rootData}))){
vErrors = vErrors === null ? validate62.errors : vErrors.concat(validate62.errors);
errors = vErrors.length;
}
}
if(data.hugepageLimits !== undefined){
let data5 = data.hugepageLimits;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
if(!(validate73(data5[i1], {instancePath:instancePath+"/hugepageLimits/" + i1,parentData:data5,parentDataProperty:i1,rootData}))){
vErrors = vErrors === null ? validate73.errors : vErrors.concat(validate73.errors);
errors = vErrors.length;
}
}
}
else {
const err1 = {instancePath:instancePath+"/hugepageLimits",schemaPath:"#/properties/hugepageLimits/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.network !== undefined){
if(!(validate75(data.network, {instancePath:instancePath+"/network",parentData:data,parentDataProperty:"network",rootData}))){
vErrors = vErrors === null ? validate75.errors : vErrors.concat(validate75.errors);
errors = vErrors.length;
}
}
if(data.pids !== undefined){
if(!(validate79(data.pids, {instancePath:instancePath+"/pids",parentData:data,parentDataProperty:"pids",rootData}))){
vErrors = vErrors === null ? validate79.errors : vErrors.concat(validate79.errors);
errors = vErrors.length;
}
}
if(data.rdma !== undefined){
let data9 = data.rdma;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
for(const key0 in data9){
if(!(validate81(data9[key0], {instancePath:instancePath+"/rdma/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data9,parentDataProperty:key0,rootData}))){
vErrors = vErrors === null ? validate81.errors : vErrors.concat(validate81.errors);
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath:instancePath+"/rdma",schemaPath:"#/properties/rdma/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.unified !== undefined){
let data11 = data.unified;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
for(const key1 in data11){
if(typeof data11[key1] !== "string"){
const err3 = {instancePath:instancePath+"/unified/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"defs.schema.json#/definitions/StringMap/additionalProperties/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath:instancePath+"/unified",schemaPath:"defs.schema.json#/definitions/StringMap/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate55.errors = vErrors;
return errors === 0;
}

const schema125 = {"type":"object","required":["defaultAction"],"properties":{"defaultAction":{"$ref":"#/definitions/SeccompAction"},"defaultErrnoRet":{"$ref":"defs.schema.json#/definitions/Uint32"},"architectures":{"type":"array","items":{"$ref":"#/definitions/SeccompArchitecture"}},"flags":{"type":"array","items":{"$ref":"#/definitions/SeccompFlag"}},"listenerPath":{"type":"string"},"listenerMetadata":{"type":"string"},"syscalls":{"type":"array","items":{"$ref":"#/definitions/SyscallRule"}}}};
const schema126 = {"type":"string","enum":["SCMP_ACT_KILL","SCMP_ACT_KILL_PROCESS","SCMP_ACT_KILL_THREAD","SCMP_ACT_TRAP","SCMP_ACT_ERRNO","SCMP_ACT_TRACE","SCMP_ACT_ALLOW","SCMP_ACT_LOG","SCMP_ACT_NOTIFY"]};
const schema128 = {"type":"string","enum":["SCMP_ARCH_X86","SCMP_ARCH_X86_64","SCMP_ARCH_X32","SCMP_ARCH_ARM","SCMP_ARCH_AARCH64","SCMP_ARCH_MIPS","SCMP_ARCH_MIPS64","SCMP_ARCH_MIPS64N32","SCMP_ARCH_MIPSEL","SCMP_ARCH_MIPSEL64","SCMP_ARCH_MIPSEL64N32","SCMP_ARCH_PPC","SCMP_ARCH_PPC64","SCMP_ARCH_PPC64LE","SCMP_ARCH_S390","SCMP_ARCH_S390X","SCMP_ARCH_PARISC","SCMP_ARCH_PARISC64","SCMP_ARCH_RISCV64","SCMP_ARCH_LOONGARCH64","SCMP_ARCH_M68K","SCMP_ARCH_SH","SCMP_ARCH_SHEB"]};
const schema129 = {"type":"string","enum":["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW","SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]};
const schema130 = {"type":"object","required":["names","action"],"properties":{"names":{"type":"array","minItems":1,"items":{"type":"string"}},"action":{"$ref":"#/definitions/SeccompAction"},"errnoRet":{"$ref":"defs.schema.json#/definitions/Uint32"},"args":{"type":"array","items":{"$ref":"#/definitions/SyscallArgument"}}}};
const schema133 = {"type":"object","required":["index","value","op"],"properties":{"index":{"type":"integer","minimum":0,"maximum":5},"value":{"$ref":"defs.schema.json#/definitions/Uint64"},"valueTwo":{"$ref":"defs.schema.json#/definitions/Uint64"},"op":{"$ref":"#/definitions/SeccompOperator"}}};
const schema136 = {"type":"string","enum":["SCMP_CMP_NE","SCMP_CMP_LT","SCMP_CMP_LE","SCMP_CMP_EQ","SCMP_CMP_GE","SCMP_CMP_GT","SCMP_CMP_MASKED_EQ"]};

function validate87(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.index === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "index"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.value === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "value"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.op === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "op"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.index !== undefined){
let data0 = data.index;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err3 = {instancePath:instancePath+"/index",schemaPath:"#/properties/index/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 5 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/index",schemaPath:"#/properties/index/maximum",keyword:"maximum",params:{comparison: "<=", limit: 5}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err5 = {instancePath:instancePath+"/index",schemaPath:"#/properties/index/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.value !== undefined){
let data1 = data.value;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err6 = {instancePath:instancePath+"/value",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 18446744073709552000 || isNaN(data1)){
const err7 = {instancePath:instancePath+"/value",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err8 = {instancePath:instancePath+"/value",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.valueTwo !== undefined){
let data2 = data.valueTwo;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err9 = {instancePath:instancePath+"/valueTwo",schemaPath:"defs.schema.json#/definitions/Uint64/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 18446744073709552000 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/valueTwo",schemaPath:"defs.schema.json#/definitions/Uint64/maximum",keyword:"maximum",params:{comparison: "<=", limit: 18446744073709552000}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err11 = {instancePath:instancePath+"/valueTwo",schemaPath:"defs.schema.json#/definitions/Uint64/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.op !== undefined){
let data3 = data.op;
if(typeof data3 !== "string"){
const err12 = {instancePath:instancePath+"/op",schemaPath:"#/definitions/SeccompOperator/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(!(((((((data3 === "SCMP_CMP_NE") || (data3 === "SCMP_CMP_LT")) || (data3 === "SCMP_CMP_LE")) || (data3 === "SCMP_CMP_EQ")) || (data3 === "SCMP_CMP_GE")) || (data3 === "SCMP_CMP_GT")) || (data3 === "SCMP_CMP_MASKED_EQ"))){
const err13 = {instancePath:instancePath+"/op",schemaPath:"#/definitions/SeccompOperator/enum",keyword:"enum",params:{allowedValues: schema136.enum}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
else {
const err14 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
validate87.errors = vErrors;
return errors === 0;
}


function validate86(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.names === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "names"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.action === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "action"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.names !== undefined){
let data0 = data.names;
if(Array.isArray(data0)){
if(data0.length < 1){
const err2 = {instancePath:instancePath+"/names",schemaPath:"#/properties/names/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
const err3 = {instancePath:instancePath+"/names/" + i0,schemaPath:"#/properties/names/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath:instancePath+"/names",schemaPath:"#/properties/names/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.action !== undefined){
let data2 = data.action;
if(typeof data2 !== "string"){
const err5 = {instancePath:instancePath+"/action",schemaPath:"#/definitions/SeccompAction/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!(((((((((data2 === "SCMP_ACT_KILL") || (data2 === "SCMP_ACT_KILL_PROCESS")) || (data2 === "SCMP_ACT_KILL_THREAD")) || (data2 === "SCMP_ACT_TRAP")) || (data2 === "SCMP_ACT_ERRNO")) || (data2 === "SCMP_ACT_TRACE")) || (data2 === "SCMP_ACT_ALLOW")) || (data2 === "SCMP_ACT_LOG")) || (data2 === "SCMP_ACT_NOTIFY"))){
const err6 = {instancePath:instancePath+"/action",schemaPath:"#/definitions/SeccompAction/enum",keyword:"enum",params:{allowedValues: schema126.enum}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.errnoRet !== undefined){
let data3 = data.errnoRet;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err7 = {instancePath:instancePath+"/errnoRet",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 4294967295 || isNaN(data3)){
const err8 = {instancePath:instancePath+"/errnoRet",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data3 < 0 || isNaN(data3)){
const err9 = {instancePath:instancePath+"/errnoRet",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
if(data.args !== undefined){
let data4 = data.args;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
if(!(validate87(data4[i1], {instancePath:instancePath+"/args/" + i1,parentData:data4,parentDataProperty:i1,rootData}))){
vErrors = vErrors === null ? validate87.errors : vErrors.concat(validate87.errors);
errors = vErrors.length;
}
}
}
else {
const err10 = {instancePath:instancePath+"/args",schemaPath:"#/properties/args/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
validate86.errors = vErrors;
return errors === 0;
}


function validate85(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.defaultAction === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "defaultAction"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.defaultAction !== undefined){
let data0 = data.defaultAction;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/defaultAction",schemaPath:"#/definitions/SeccompAction/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!(((((((((data0 === "SCMP_ACT_KILL") || (data0 === "SCMP_ACT_KILL_PROCESS")) || (data0 === "SCMP_ACT_KILL_THREAD")) || (data0 === "SCMP_ACT_TRAP")) || (data0 === "SCMP_ACT_ERRNO")) || (data0 === "SCMP_ACT_TRACE")) || (data0 === "SCMP_ACT_ALLOW")) || (data0 === "SCMP_ACT_LOG")) || (data0 === "SCMP_ACT_NOTIFY"))){
const err2 = {instancePath:instancePath+"/defaultAction",schemaPath:"#/definitions/SeccompAction/enum",keyword:"enum",params:{allowedValues: schema126.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.defaultErrnoRet !== undefined){
let data1 = data.defaultErrnoRet;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err3 = {instancePath:instancePath+"/defaultErrnoRet",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 4294967295 || isNaN(data1)){
const err4 = {instancePath:instancePath+"/defaultErrnoRet",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1 < 0 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/defaultErrnoRet",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
if(data.architectures !== undefined){
let data2 = data.architectures;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(typeof data3 !== "string"){
const err6 = {instancePath:instancePath+"/architectures/" + i0,schemaPath:"#/definitions/SeccompArchitecture/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(!(((((((((((((((((((((((data3 === "SCMP_ARCH_X86") || (data3 === "SCMP_ARCH_X86_64")) || (data3 === "SCMP_ARCH_X32")) || (data3 === "SCMP_ARCH_ARM")) || (data3 === "SCMP_ARCH_AARCH64")) || (data3 === "SCMP_ARCH_MIPS")) || (data3 === "SCMP_ARCH_MIPS64")) || (data3 === "SCMP_ARCH_MIPS64N32")) || (data3 === "SCMP_ARCH_MIPSEL")) || (data3 === "SCMP_ARCH_MIPSEL64")) || (data3 === "SCMP_ARCH_MIPSEL64N32")) || (data3 === "SCMP_ARCH_PPC")) || (data3 === "SCMP_ARCH_PPC64")) || (data3 === "SCMP_ARCH_PPC64LE")) || (data3 === "SCMP_ARCH_S390")) || (data3 === "SCMP_ARCH_S390X")) || (data3 === "SCMP_ARCH_PARISC")) || (data3 === "SCMP_ARCH_PARISC64")) || (data3 === "SCMP_ARCH_RISCV64")) || (data3 === "SCMP_ARCH_LOONGARCH64")) || (data3 === "SCMP_ARCH_M68K")) || (data3 === "SCMP_ARCH_SH")) || (data3 === "SCMP_ARCH_SHEB"))){
const err7 = {instancePath:instancePath+"/architectures/" + i0,schemaPath:"#/definitions/SeccompArchitecture/enum",keyword:"enum",params:{allowedValues: schema128.enum}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath:instancePath+"/architectures",schemaPath:"#/properties/architectures/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.flags !== undefined){
let data4 = data.flags;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
let data5 = data4[i1];
if(typeof data5 !== "string"){
const err9 = {instancePath:instancePath+"/flags/" + i1,schemaPath:"#/definitions/SeccompFlag/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!((((data5 === "SECCOMP_FILTER_FLAG_TSYNC") || (data5 === "SECCOMP_FILTER_FLAG_LOG")) || (data5 === "SECCOMP_FILTER_FLAG_SPEC_ALLOW")) || (data5 === "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))){
const err10 = {instancePath:instancePath+"/flags/" + i1,schemaPath:"#/definitions/SeccompFlag/enum",keyword:"enum",params:{allowedValues: schema129.enum}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath:instancePath+"/flags",schemaPath:"#/properties/flags/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.listenerPath !== undefined){
if(typeof data.listenerPath !== "string"){
const err12 = {instancePath:instancePath+"/listenerPath",schemaPath:"#/properties/listenerPath/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.listenerMetadata !== undefined){
if(typeof data.listenerMetadata !== "string"){
const err13 = {instancePath:instancePath+"/listenerMetadata",schemaPath:"#/properties/listenerMetadata/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data.syscalls !== undefined){
let data8 = data.syscalls;
if(Array.isArray(data8)){
const len2 = data8.length;
for(let i2=0; i2<len2; i2++){
if(!(validate86(data8[i2], {instancePath:instancePath+"/syscalls/" + i2,parentData:data8,parentDataProperty:i2,rootData}))){
vErrors = vErrors === null ? validate86.errors : vErrors.concat(validate86.errors);
errors = vErrors.length;
}
}
}
else {
const err14 = {instancePath:instancePath+"/syscalls",schemaPath:"#/properties/syscalls/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
else {
const err15 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
validate85.errors = vErrors;
return errors === 0;
}

const schema140 = {"type":"object","properties":{"closID":{"type":"string"},"schemata":{"$ref":"defs.schema.json#/definitions/Strings"},"l3CacheSchema":{"type":"string"},"memBwSchema":{"type":"string"},"enableMonitoring":{"type":"boolean"}}};

function validate91(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.closID !== undefined){
if(typeof data.closID !== "string"){
const err0 = {instancePath:instancePath+"/closID",schemaPath:"#/properties/closID/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.schemata !== undefined){
let data1 = data.schemata;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
const err1 = {instancePath:instancePath+"/schemata/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
}
else {
const err2 = {instancePath:instancePath+"/schemata",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.l3CacheSchema !== undefined){
if(typeof data.l3CacheSchema !== "string"){
const err3 = {instancePath:instancePath+"/l3CacheSchema",schemaPath:"#/properties/l3CacheSchema/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.memBwSchema !== undefined){
if(typeof data.memBwSchema !== "string"){
const err4 = {instancePath:instancePath+"/memBwSchema",schemaPath:"#/properties/memBwSchema/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.enableMonitoring !== undefined){
if(typeof data.enableMonitoring !== "boolean"){
const err5 = {instancePath:instancePath+"/enableMonitoring",schemaPath:"#/properties/enableMonitoring/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate91.errors = vErrors;
return errors === 0;
}

const schema142 = {"type":"object","required":["mode"],"properties":{"mode":{"$ref":"#/definitions/MemoryPolicyMode"},"nodes":{"type":"string"},"flags":{"type":"array","items":{"$ref":"#/definitions/MemoryPolicyFlag"}}}};
const schema143 = {"type":"string","enum":["MPOL_DEFAULT","MPOL_BIND","MPOL_INTERLEAVE","MPOL_WEIGHTED_INTERLEAVE","MPOL_PREFERRED","MPOL_PREFERRED_MANY","MPOL_LOCAL"]};
const schema144 = {"type":"string","enum":["MPOL_F_NUMA_BALANCING","MPOL_F_RELATIVE_NODES","MPOL_F_STATIC_NODES"]};

function validate93(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.mode === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mode"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.mode !== undefined){
let data0 = data.mode;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/mode",schemaPath:"#/definitions/MemoryPolicyMode/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!(((((((data0 === "MPOL_DEFAULT") || (data0 === "MPOL_BIND")) || (data0 === "MPOL_INTERLEAVE")) || (data0 === "MPOL_WEIGHTED_INTERLEAVE")) || (data0 === "MPOL_PREFERRED")) || (data0 === "MPOL_PREFERRED_MANY")) || (data0 === "MPOL_LOCAL"))){
const err2 = {instancePath:instancePath+"/mode",schemaPath:"#/definitions/MemoryPolicyMode/enum",keyword:"enum",params:{allowedValues: schema143.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.nodes !== undefined){
if(typeof data.nodes !== "string"){
const err3 = {instancePath:instancePath+"/nodes",schemaPath:"#/properties/nodes/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.flags !== undefined){
let data2 = data.flags;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(typeof data3 !== "string"){
const err4 = {instancePath:instancePath+"/flags/" + i0,schemaPath:"#/definitions/MemoryPolicyFlag/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!(((data3 === "MPOL_F_NUMA_BALANCING") || (data3 === "MPOL_F_RELATIVE_NODES")) || (data3 === "MPOL_F_STATIC_NODES"))){
const err5 = {instancePath:instancePath+"/flags/" + i0,schemaPath:"#/definitions/MemoryPolicyFlag/enum",keyword:"enum",params:{allowedValues: schema144.enum}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/flags",schemaPath:"#/properties/flags/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate93.errors = vErrors;
return errors === 0;
}

const schema145 = {"type":"object","required":["domain"],"properties":{"domain":{"$ref":"#/definitions/PersonalityDomain"},"flags":{"$ref":"defs.schema.json#/definitions/Strings"}}};
const schema146 = {"type":"string","enum":["LINUX","LINUX32"]};

function validate95(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.domain === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "domain"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.domain !== undefined){
let data0 = data.domain;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/domain",schemaPath:"#/definitions/PersonalityDomain/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!((data0 === "LINUX") || (data0 === "LINUX32"))){
const err2 = {instancePath:instancePath+"/domain",schemaPath:"#/definitions/PersonalityDomain/enum",keyword:"enum",params:{allowedValues: schema146.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.flags !== undefined){
let data1 = data.flags;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
const err3 = {instancePath:instancePath+"/flags/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath:instancePath+"/flags",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate95.errors = vErrors;
return errors === 0;
}


function validate44(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.namespaces !== undefined){
let data0 = data.namespaces;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate45(data0[i0], {instancePath:instancePath+"/namespaces/" + i0,parentData:data0,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate45.errors : vErrors.concat(validate45.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.uidMappings !== undefined){
let data2 = data.uidMappings;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(!(validate47(data2[i1], {instancePath:instancePath+"/uidMappings/" + i1,parentData:data2,parentDataProperty:i1,rootData}))){
vErrors = vErrors === null ? validate47.errors : vErrors.concat(validate47.errors);
errors = vErrors.length;
}
}
}
else {
const err1 = {instancePath:instancePath+"/uidMappings",schemaPath:"#/properties/uidMappings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.gidMappings !== undefined){
let data4 = data.gidMappings;
if(Array.isArray(data4)){
const len2 = data4.length;
for(let i2=0; i2<len2; i2++){
if(!(validate47(data4[i2], {instancePath:instancePath+"/gidMappings/" + i2,parentData:data4,parentDataProperty:i2,rootData}))){
vErrors = vErrors === null ? validate47.errors : vErrors.concat(validate47.errors);
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath:instancePath+"/gidMappings",schemaPath:"#/properties/gidMappings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.timeOffsets !== undefined){
let data6 = data.timeOffsets;
if(data6 && typeof data6 == "object" && !Array.isArray(data6)){
for(const key0 in data6){
if(!(validate50(data6[key0], {instancePath:instancePath+"/timeOffsets/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data6,parentDataProperty:key0,rootData}))){
vErrors = vErrors === null ? validate50.errors : vErrors.concat(validate50.errors);
errors = vErrors.length;
}
}
}
else {
const err3 = {instancePath:instancePath+"/timeOffsets",schemaPath:"#/properties/timeOffsets/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.devices !== undefined){
let data8 = data.devices;
if(Array.isArray(data8)){
const len3 = data8.length;
for(let i3=0; i3<len3; i3++){
if(!(validate52(data8[i3], {instancePath:instancePath+"/devices/" + i3,parentData:data8,parentDataProperty:i3,rootData}))){
vErrors = vErrors === null ? validate52.errors : vErrors.concat(validate52.errors);
errors = vErrors.length;
}
}
}
else {
const err4 = {instancePath:instancePath+"/devices",schemaPath:"#/properties/devices/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.netDevices !== undefined){
let data10 = data.netDevices;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key1 in data10){
let data11 = data10[key1];
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(data11.name !== undefined){
if(typeof data11.name !== "string"){
const err5 = {instancePath:instancePath+"/netDevices/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/name",schemaPath:"#/definitions/NetDevice/properties/name/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/netDevices/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/NetDevice/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath:instancePath+"/netDevices",schemaPath:"#/properties/netDevices/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.cgroupsPath !== undefined){
if(typeof data.cgroupsPath !== "string"){
const err8 = {instancePath:instancePath+"/cgroupsPath",schemaPath:"#/properties/cgroupsPath/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.resources !== undefined){
if(!(validate55(data.resources, {instancePath:instancePath+"/resources",parentData:data,parentDataProperty:"resources",rootData}))){
vErrors = vErrors === null ? validate55.errors : vErrors.concat(validate55.errors);
errors = vErrors.length;
}
}
if(data.rootfsPropagation !== undefined){
let data15 = data.rootfsPropagation;
if(typeof data15 !== "string"){
const err9 = {instancePath:instancePath+"/rootfsPropagation",schemaPath:"#/definitions/RootfsPropagation/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!(((((((((data15 === "") || (data15 === "shared")) || (data15 === "slave")) || (data15 === "private")) || (data15 === "unbindable")) || (data15 === "rshared")) || (data15 === "rslave")) || (data15 === "rprivate")) || (data15 === "runbindable"))){
const err10 = {instancePath:instancePath+"/rootfsPropagation",schemaPath:"#/definitions/RootfsPropagation/enum",keyword:"enum",params:{allowedValues: schema123.enum}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.seccomp !== undefined){
if(!(validate85(data.seccomp, {instancePath:instancePath+"/seccomp",parentData:data,parentDataProperty:"seccomp",rootData}))){
vErrors = vErrors === null ? validate85.errors : vErrors.concat(validate85.errors);
errors = vErrors.length;
}
}
if(data.sysctl !== undefined){
let data17 = data.sysctl;
if(data17 && typeof data17 == "object" && !Array.isArray(data17)){
for(const key2 in data17){
if(typeof data17[key2] !== "string"){
const err11 = {instancePath:instancePath+"/sysctl/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"defs.schema.json#/definitions/StringMap/additionalProperties/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath:instancePath+"/sysctl",schemaPath:"defs.schema.json#/definitions/StringMap/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.maskedPaths !== undefined){
let data19 = data.maskedPaths;
if(Array.isArray(data19)){
const len4 = data19.length;
for(let i4=0; i4<len4; i4++){
if(typeof data19[i4] !== "string"){
const err13 = {instancePath:instancePath+"/maskedPaths/" + i4,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
else {
const err14 = {instancePath:instancePath+"/maskedPaths",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.readonlyPaths !== undefined){
let data21 = data.readonlyPaths;
if(Array.isArray(data21)){
const len5 = data21.length;
for(let i5=0; i5<len5; i5++){
if(typeof data21[i5] !== "string"){
const err15 = {instancePath:instancePath+"/readonlyPaths/" + i5,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/readonlyPaths",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.mountLabel !== undefined){
if(typeof data.mountLabel !== "string"){
const err17 = {instancePath:instancePath+"/mountLabel",schemaPath:"#/properties/mountLabel/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data.intelRdt !== undefined){
if(!(validate91(data.intelRdt, {instancePath:instancePath+"/intelRdt",parentData:data,parentDataProperty:"intelRdt",rootData}))){
vErrors = vErrors === null ? validate91.errors : vErrors.concat(validate91.errors);
errors = vErrors.length;
}
}
if(data.memoryPolicy !== undefined){
if(!(validate93(data.memoryPolicy, {instancePath:instancePath+"/memoryPolicy",parentData:data,parentDataProperty:"memoryPolicy",rootData}))){
vErrors = vErrors === null ? validate93.errors : vErrors.concat(validate93.errors);
errors = vErrors.length;
}
}
if(data.personality !== undefined){
if(!(validate95(data.personality, {instancePath:instancePath+"/personality",parentData:data,parentDataProperty:"personality",rootData}))){
vErrors = vErrors === null ? validate95.errors : vErrors.concat(validate95.errors);
errors = vErrors.length;
}
}
}
else {
const err18 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
validate44.errors = vErrors;
return errors === 0;
}


function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="config.schema.json" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.ociVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "ociVersion"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.ociVersion !== undefined){
if(typeof data.ociVersion !== "string"){
const err1 = {instancePath:instancePath+"/ociVersion",schemaPath:"#/properties/ociVersion/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.root !== undefined){
let data1 = data.root;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(data1.path === undefined){
const err2 = {instancePath:instancePath+"/root",schemaPath:"#/definitions/Root/required",keyword:"required",params:{missingProperty: "path"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data1.path !== undefined){
if(typeof data1.path !== "string"){
const err3 = {instancePath:instancePath+"/root/path",schemaPath:"#/definitions/Root/properties/path/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data1.readonly !== undefined){
if(typeof data1.readonly !== "boolean"){
const err4 = {instancePath:instancePath+"/root/readonly",schemaPath:"#/definitions/Root/properties/readonly/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath:instancePath+"/root",schemaPath:"#/definitions/Root/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.mounts !== undefined){
let data4 = data.mounts;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
if(!(validate11(data4[i0], {instancePath:instancePath+"/mounts/" + i0,parentData:data4,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate11.errors : vErrors.concat(validate11.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath:instancePath+"/mounts",schemaPath:"#/properties/mounts/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.process !== undefined){
if(!(validate19(data.process, {instancePath:instancePath+"/process",parentData:data,parentDataProperty:"process",rootData}))){
vErrors = vErrors === null ? validate19.errors : vErrors.concat(validate19.errors);
errors = vErrors.length;
}
}
if(data.hostname !== undefined){
if(typeof data.hostname !== "string"){
const err7 = {instancePath:instancePath+"/hostname",schemaPath:"#/properties/hostname/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.domainname !== undefined){
if(typeof data.domainname !== "string"){
const err8 = {instancePath:instancePath+"/domainname",schemaPath:"#/properties/domainname/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.hooks !== undefined){
if(!(validate33(data.hooks, {instancePath:instancePath+"/hooks",parentData:data,parentDataProperty:"hooks",rootData}))){
vErrors = vErrors === null ? validate33.errors : vErrors.concat(validate33.errors);
errors = vErrors.length;
}
}
if(data.annotations !== undefined){
let data10 = data.annotations;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key0 in data10){
if(typeof data10[key0] !== "string"){
const err9 = {instancePath:instancePath+"/annotations/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"defs.schema.json#/definitions/StringMap/additionalProperties/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath:instancePath+"/annotations",schemaPath:"defs.schema.json#/definitions/StringMap/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.linux !== undefined){
if(!(validate44(data.linux, {instancePath:instancePath+"/linux",parentData:data,parentDataProperty:"linux",rootData}))){
vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
errors = vErrors.length;
}
}
}
else {
const err11 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

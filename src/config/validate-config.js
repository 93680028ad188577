// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
import { add, checkInteger, join, wrongType } from "./validate-functions.js";
"use strict";
export const validate = validate10;
export default validate10;








function validate14(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.containerID === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "containerID"});
}
if(data.hostID === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "hostID"});
}
if(data.size === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "size"});
}
if(data.containerID !== undefined){
let data0 = data.containerID;
vErrors = checkInteger(vErrors, data0, instancePath+"/containerID", 4294967295, 0);
}
if(data.hostID !== undefined){
let data1 = data.hostID;
vErrors = checkInteger(vErrors, data1, instancePath+"/hostID", 4294967295, 0);
}
if(data.size !== undefined){
let data2 = data.size;
vErrors = checkInteger(vErrors, data2, instancePath+"/size", 4294967295, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate14.errors = vErrors;
return vErrors === null;
}


function validate11(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.destination === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "destination"});
}
if(data.destination !== undefined){
if(typeof data.destination !== "string"){
vErrors = wrongType(vErrors, instancePath+"/destination", "string");
}
}
if(data.type !== undefined){
if(typeof data.type !== "string"){
vErrors = wrongType(vErrors, instancePath+"/type", "string");
}
}
if(data.source !== undefined){
if(typeof data.source !== "string"){
vErrors = wrongType(vErrors, instancePath+"/source", "string");
}
}
if(data.options !== undefined){
let data3 = data.options;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
if(typeof data3[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/options/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/options", "array");
}
}
if(data.uidMappings !== undefined){
let data5 = data.uidMappings;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
if(!(validate14(data5[i1], instancePath+"/uidMappings/" + i1))){
vErrors = join(vErrors, validate14.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/uidMappings", "array");
}
}
if(data.gidMappings !== undefined){
let data7 = data.gidMappings;
if(Array.isArray(data7)){
const len2 = data7.length;
for(let i2=0; i2<len2; i2++){
if(!(validate14(data7[i2], instancePath+"/gidMappings/" + i2))){
vErrors = join(vErrors, validate14.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/gidMappings", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate11.errors = vErrors;
return vErrors === null;
}






function validate20(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.height === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "height"});
}
if(data.width === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "width"});
}
if(data.height !== undefined){
let data0 = data.height;
vErrors = checkInteger(vErrors, data0, instancePath+"/height", 18446744073709552000, 0);
}
if(data.width !== undefined){
let data1 = data.width;
vErrors = checkInteger(vErrors, data1, instancePath+"/width", 18446744073709552000, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate20.errors = vErrors;
return vErrors === null;
}



function validate22(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.uid === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "uid"});
}
if(data.gid === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "gid"});
}
if(data.uid !== undefined){
let data0 = data.uid;
vErrors = checkInteger(vErrors, data0, instancePath+"/uid", 4294967295, 0);
}
if(data.gid !== undefined){
let data1 = data.gid;
vErrors = checkInteger(vErrors, data1, instancePath+"/gid", 4294967295, 0);
}
if(data.umask !== undefined){
let data2 = data.umask;
vErrors = checkInteger(vErrors, data2, instancePath+"/umask", 4294967295, 0);
}
if(data.additionalGids !== undefined){
let data3 = data.additionalGids;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
vErrors = checkInteger(vErrors, data4, instancePath+"/additionalGids/" + i0, 4294967295, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/additionalGids", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate22.errors = vErrors;
return vErrors === null;
}




function validate24(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.type === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "type"});
}
if(data.soft === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "soft"});
}
if(data.hard === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "hard"});
}
if(data.type !== undefined){
let data0 = data.type;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/type", "string");
}
if(!((((((((((((((((data0 === "RLIMIT_AS") || (data0 === "RLIMIT_CORE")) || (data0 === "RLIMIT_CPU")) || (data0 === "RLIMIT_DATA")) || (data0 === "RLIMIT_FSIZE")) || (data0 === "RLIMIT_LOCKS")) || (data0 === "RLIMIT_MEMLOCK")) || (data0 === "RLIMIT_MSGQUEUE")) || (data0 === "RLIMIT_NICE")) || (data0 === "RLIMIT_NOFILE")) || (data0 === "RLIMIT_NPROC")) || (data0 === "RLIMIT_RSS")) || (data0 === "RLIMIT_RTPRIO")) || (data0 === "RLIMIT_RTTIME")) || (data0 === "RLIMIT_SIGPENDING")) || (data0 === "RLIMIT_STACK"))){
vErrors = add(vErrors, instancePath+"/type", "enum", {allowedValues: ["RLIMIT_AS","RLIMIT_CORE","RLIMIT_CPU","RLIMIT_DATA","RLIMIT_FSIZE","RLIMIT_LOCKS","RLIMIT_MEMLOCK","RLIMIT_MSGQUEUE","RLIMIT_NICE","RLIMIT_NOFILE","RLIMIT_NPROC","RLIMIT_RSS","RLIMIT_RTPRIO","RLIMIT_RTTIME","RLIMIT_SIGPENDING","RLIMIT_STACK"]});
}
}
if(data.soft !== undefined){
let data1 = data.soft;
vErrors = checkInteger(vErrors, data1, instancePath+"/soft", 18446744073709552000, 0);
}
if(data.hard !== undefined){
let data2 = data.hard;
vErrors = checkInteger(vErrors, data2, instancePath+"/hard", 18446744073709552000, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate24.errors = vErrors;
return vErrors === null;
}



function validate26(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.effective !== undefined){
let data0 = data.effective;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/effective/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/effective", "array");
}
}
if(data.bounding !== undefined){
let data2 = data.bounding;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(typeof data2[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/bounding/" + i1, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/bounding", "array");
}
}
if(data.inheritable !== undefined){
let data4 = data.inheritable;
if(Array.isArray(data4)){
const len2 = data4.length;
for(let i2=0; i2<len2; i2++){
if(typeof data4[i2] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/inheritable/" + i2, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/inheritable", "array");
}
}
if(data.permitted !== undefined){
let data6 = data.permitted;
if(Array.isArray(data6)){
const len3 = data6.length;
for(let i3=0; i3<len3; i3++){
if(typeof data6[i3] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/permitted/" + i3, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/permitted", "array");
}
}
if(data.ambient !== undefined){
let data8 = data.ambient;
if(Array.isArray(data8)){
const len4 = data8.length;
for(let i4=0; i4<len4; i4++){
if(typeof data8[i4] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/ambient/" + i4, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/ambient", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate26.errors = vErrors;
return vErrors === null;
}






function validate28(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.policy === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "policy"});
}
if(data.policy !== undefined){
let data0 = data.policy;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/policy", "string");
}
if(!(((((((data0 === "SCHED_OTHER") || (data0 === "SCHED_FIFO")) || (data0 === "SCHED_RR")) || (data0 === "SCHED_BATCH")) || (data0 === "SCHED_ISO")) || (data0 === "SCHED_IDLE")) || (data0 === "SCHED_DEADLINE"))){
vErrors = add(vErrors, instancePath+"/policy", "enum", {allowedValues: ["SCHED_OTHER","SCHED_FIFO","SCHED_RR","SCHED_BATCH","SCHED_ISO","SCHED_IDLE","SCHED_DEADLINE"]});
}
}
if(data.nice !== undefined){
let data1 = data.nice;
vErrors = checkInteger(vErrors, data1, instancePath+"/nice", 2147483647, -2147483648);
}
if(data.priority !== undefined){
let data2 = data.priority;
vErrors = checkInteger(vErrors, data2, instancePath+"/priority", 2147483647, -2147483648);
}
if(data.flags !== undefined){
let data3 = data.flags;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
if(typeof data4 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/flags/" + i0, "string");
}
if(!(((((((data4 === "SCHED_FLAG_RESET_ON_FORK") || (data4 === "SCHED_FLAG_RECLAIM")) || (data4 === "SCHED_FLAG_DL_OVERRUN")) || (data4 === "SCHED_FLAG_KEEP_POLICY")) || (data4 === "SCHED_FLAG_KEEP_PARAMS")) || (data4 === "SCHED_FLAG_UTIL_CLAMP_MIN")) || (data4 === "SCHED_FLAG_UTIL_CLAMP_MAX"))){
vErrors = add(vErrors, instancePath+"/flags/" + i0, "enum", {allowedValues: ["SCHED_FLAG_RESET_ON_FORK","SCHED_FLAG_RECLAIM","SCHED_FLAG_DL_OVERRUN","SCHED_FLAG_KEEP_POLICY","SCHED_FLAG_KEEP_PARAMS","SCHED_FLAG_UTIL_CLAMP_MIN","SCHED_FLAG_UTIL_CLAMP_MAX"]});
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/flags", "array");
}
}
if(data.runtime !== undefined){
let data5 = data.runtime;
vErrors = checkInteger(vErrors, data5, instancePath+"/runtime", 18446744073709552000, 0);
}
if(data.deadline !== undefined){
let data6 = data.deadline;
vErrors = checkInteger(vErrors, data6, instancePath+"/deadline", 18446744073709552000, 0);
}
if(data.period !== undefined){
let data7 = data.period;
vErrors = checkInteger(vErrors, data7, instancePath+"/period", 18446744073709552000, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate28.errors = vErrors;
return vErrors === null;
}




function validate30(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.class === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "class"});
}
if(data.priority === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "priority"});
}
if(data.class !== undefined){
let data0 = data.class;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/class", "string");
}
if(!(((data0 === "IOPRIO_CLASS_RT") || (data0 === "IOPRIO_CLASS_BE")) || (data0 === "IOPRIO_CLASS_IDLE"))){
vErrors = add(vErrors, instancePath+"/class", "enum", {allowedValues: ["IOPRIO_CLASS_RT","IOPRIO_CLASS_BE","IOPRIO_CLASS_IDLE"]});
}
}
if(data.priority !== undefined){
let data1 = data.priority;
vErrors = checkInteger(vErrors, data1, instancePath+"/priority", 7, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate30.errors = vErrors;
return vErrors === null;
}


function validate19(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.cwd === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "cwd"});
}
if(data.terminal !== undefined){
if(typeof data.terminal !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/terminal", "boolean");
}
}
if(data.consoleSize !== undefined){
if(!(validate20(data.consoleSize, instancePath+"/consoleSize"))){
vErrors = join(vErrors, validate20.errors);
}
}
if(data.user !== undefined){
if(!(validate22(data.user, instancePath+"/user"))){
vErrors = join(vErrors, validate22.errors);
}
}
if(data.cwd !== undefined){
if(typeof data.cwd !== "string"){
vErrors = wrongType(vErrors, instancePath+"/cwd", "string");
}
}
if(data.env !== undefined){
let data4 = data.env;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
if(typeof data4[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/env/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/env", "array");
}
}
if(data.args !== undefined){
let data6 = data.args;
if(Array.isArray(data6)){
const len1 = data6.length;
for(let i1=0; i1<len1; i1++){
if(typeof data6[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/args/" + i1, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/args", "array");
}
}
if(data.rlimits !== undefined){
let data8 = data.rlimits;
if(Array.isArray(data8)){
const len2 = data8.length;
for(let i2=0; i2<len2; i2++){
if(!(validate24(data8[i2], instancePath+"/rlimits/" + i2))){
vErrors = join(vErrors, validate24.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/rlimits", "array");
}
}
if(data.capabilities !== undefined){
if(!(validate26(data.capabilities, instancePath+"/capabilities"))){
vErrors = join(vErrors, validate26.errors);
}
}
if(data.noNewPrivileges !== undefined){
if(typeof data.noNewPrivileges !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/noNewPrivileges", "boolean");
}
}
if(data.oomScoreAdj !== undefined){
let data12 = data.oomScoreAdj;
vErrors = checkInteger(vErrors, data12, instancePath+"/oomScoreAdj", 1000, -1000);
}
if(data.scheduler !== undefined){
if(!(validate28(data.scheduler, instancePath+"/scheduler"))){
vErrors = join(vErrors, validate28.errors);
}
}
if(data.ioPriority !== undefined){
if(!(validate30(data.ioPriority, instancePath+"/ioPriority"))){
vErrors = join(vErrors, validate30.errors);
}
}
if(data.execCPUAffinity !== undefined){
let data15 = data.execCPUAffinity;
if(data15 && typeof data15 == "object" && !Array.isArray(data15)){
if(data15.initial !== undefined){
if(typeof data15.initial !== "string"){
vErrors = wrongType(vErrors, instancePath+"/execCPUAffinity/initial", "string");
}
}
if(data15.final !== undefined){
if(typeof data15.final !== "string"){
vErrors = wrongType(vErrors, instancePath+"/execCPUAffinity/final", "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/execCPUAffinity", "object");
}
}
if(data.apparmorProfile !== undefined){
if(typeof data.apparmorProfile !== "string"){
vErrors = wrongType(vErrors, instancePath+"/apparmorProfile", "string");
}
}
if(data.selinuxLabel !== undefined){
if(typeof data.selinuxLabel !== "string"){
vErrors = wrongType(vErrors, instancePath+"/selinuxLabel", "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate19.errors = vErrors;
return vErrors === null;
}





function validate35(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.path === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "path"});
}
if(data.path !== undefined){
if(typeof data.path !== "string"){
vErrors = wrongType(vErrors, instancePath+"/path", "string");
}
}
if(data.args !== undefined){
let data1 = data.args;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/args/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/args", "array");
}
}
if(data.env !== undefined){
let data3 = data.env;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
if(typeof data3[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/env/" + i1, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/env", "array");
}
}
if(data.timeout !== undefined){
let data5 = data.timeout;
vErrors = checkInteger(vErrors, data5, instancePath+"/timeout", 9223372036854776000, 1);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate35.errors = vErrors;
return vErrors === null;
}


function validate34(data, instancePath=""){
let vErrors = null;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate35(data[i0], instancePath+"/" + i0))){
vErrors = join(vErrors, validate35.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "array");
}
validate34.errors = vErrors;
return vErrors === null;
}


function validate33(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.prestart !== undefined){
if(!(validate34(data.prestart, instancePath+"/prestart"))){
vErrors = join(vErrors, validate34.errors);
}
}
if(data.createRuntime !== undefined){
if(!(validate34(data.createRuntime, instancePath+"/createRuntime"))){
vErrors = join(vErrors, validate34.errors);
}
}
if(data.createContainer !== undefined){
if(!(validate34(data.createContainer, instancePath+"/createContainer"))){
vErrors = join(vErrors, validate34.errors);
}
}
if(data.startContainer !== undefined){
if(!(validate34(data.startContainer, instancePath+"/startContainer"))){
vErrors = join(vErrors, validate34.errors);
}
}
if(data.poststart !== undefined){
if(!(validate34(data.poststart, instancePath+"/poststart"))){
vErrors = join(vErrors, validate34.errors);
}
}
if(data.poststop !== undefined){
if(!(validate34(data.poststop, instancePath+"/poststop"))){
vErrors = join(vErrors, validate34.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate33.errors = vErrors;
return vErrors === null;
}







function validate45(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.type === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "type"});
}
if(data.type !== undefined){
let data0 = data.type;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/type", "string");
}
if(!((((((((data0 === "pid") || (data0 === "network")) || (data0 === "mount")) || (data0 === "ipc")) || (data0 === "uts")) || (data0 === "user")) || (data0 === "cgroup")) || (data0 === "time"))){
vErrors = add(vErrors, instancePath+"/type", "enum", {allowedValues: ["pid","network","mount","ipc","uts","user","cgroup","time"]});
}
}
if(data.path !== undefined){
if(typeof data.path !== "string"){
vErrors = wrongType(vErrors, instancePath+"/path", "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate45.errors = vErrors;
return vErrors === null;
}


function validate47(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.containerID === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "containerID"});
}
if(data.hostID === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "hostID"});
}
if(data.size === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "size"});
}
if(data.containerID !== undefined){
let data0 = data.containerID;
vErrors = checkInteger(vErrors, data0, instancePath+"/containerID", 4294967295, 0);
}
if(data.hostID !== undefined){
let data1 = data.hostID;
vErrors = checkInteger(vErrors, data1, instancePath+"/hostID", 4294967295, 0);
}
if(data.size !== undefined){
let data2 = data.size;
vErrors = checkInteger(vErrors, data2, instancePath+"/size", 4294967295, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate47.errors = vErrors;
return vErrors === null;
}




function validate50(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.secs !== undefined){
let data0 = data.secs;
vErrors = checkInteger(vErrors, data0, instancePath+"/secs", 9223372036854776000, -9223372036854776000);
}
if(data.nanosecs !== undefined){
let data1 = data.nanosecs;
vErrors = checkInteger(vErrors, data1, instancePath+"/nanosecs", 999999999, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate50.errors = vErrors;
return vErrors === null;
}




function validate52(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.type === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "type"});
}
if(data.path === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "path"});
}
if(data.type !== undefined){
let data0 = data.type;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/type", "string");
}
if(!((((data0 === "c") || (data0 === "b")) || (data0 === "u")) || (data0 === "p"))){
vErrors = add(vErrors, instancePath+"/type", "enum", {allowedValues: ["c","b","u","p"]});
}
}
if(data.path !== undefined){
if(typeof data.path !== "string"){
vErrors = wrongType(vErrors, instancePath+"/path", "string");
}
}
if(data.major !== undefined){
let data2 = data.major;
vErrors = checkInteger(vErrors, data2, instancePath+"/major", 9223372036854776000, -9223372036854776000);
}
if(data.minor !== undefined){
let data3 = data.minor;
vErrors = checkInteger(vErrors, data3, instancePath+"/minor", 9223372036854776000, -9223372036854776000);
}
if(data.fileMode !== undefined){
let data4 = data.fileMode;
vErrors = checkInteger(vErrors, data4, instancePath+"/fileMode", 4294967295, 0);
}
if(data.uid !== undefined){
let data5 = data.uid;
vErrors = checkInteger(vErrors, data5, instancePath+"/uid", 4294967295, 0);
}
if(data.gid !== undefined){
let data6 = data.gid;
vErrors = checkInteger(vErrors, data6, instancePath+"/gid", 4294967295, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate52.errors = vErrors;
return vErrors === null;
}





function validate56(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.allow === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "allow"});
}
if(data.allow !== undefined){
if(typeof data.allow !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/allow", "boolean");
}
}
if(data.type !== undefined){
let data1 = data.type;
if(typeof data1 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/type", "string");
}
if(!((((data1 === "") || (data1 === "a")) || (data1 === "c")) || (data1 === "b"))){
vErrors = add(vErrors, instancePath+"/type", "enum", {allowedValues: ["","a","c","b"]});
}
}
if(data.major !== undefined){
let data2 = data.major;
vErrors = checkInteger(vErrors, data2, instancePath+"/major", 9223372036854776000, -9223372036854776000);
}
if(data.minor !== undefined){
let data3 = data.minor;
vErrors = checkInteger(vErrors, data3, instancePath+"/minor", 9223372036854776000, -9223372036854776000);
}
if(data.access !== undefined){
if(typeof data.access !== "string"){
vErrors = wrongType(vErrors, instancePath+"/access", "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate56.errors = vErrors;
return vErrors === null;
}



function validate58(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.limit !== undefined){
let data0 = data.limit;
vErrors = checkInteger(vErrors, data0, instancePath+"/limit", 9223372036854776000, -9223372036854776000);
}
if(data.reservation !== undefined){
let data1 = data.reservation;
vErrors = checkInteger(vErrors, data1, instancePath+"/reservation", 9223372036854776000, -9223372036854776000);
}
if(data.swap !== undefined){
let data2 = data.swap;
vErrors = checkInteger(vErrors, data2, instancePath+"/swap", 9223372036854776000, -9223372036854776000);
}
if(data.kernel !== undefined){
let data3 = data.kernel;
vErrors = checkInteger(vErrors, data3, instancePath+"/kernel", 9223372036854776000, -9223372036854776000);
}
if(data.kernelTCP !== undefined){
let data4 = data.kernelTCP;
vErrors = checkInteger(vErrors, data4, instancePath+"/kernelTCP", 9223372036854776000, -9223372036854776000);
}
if(data.swappiness !== undefined){
let data5 = data.swappiness;
vErrors = checkInteger(vErrors, data5, instancePath+"/swappiness", 18446744073709552000, 0);
}
if(data.disableOOMKiller !== undefined){
if(typeof data.disableOOMKiller !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/disableOOMKiller", "boolean");
}
}
if(data.useHierarchy !== undefined){
if(typeof data.useHierarchy !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/useHierarchy", "boolean");
}
}
if(data.checkBeforeUpdate !== undefined){
if(typeof data.checkBeforeUpdate !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/checkBeforeUpdate", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate58.errors = vErrors;
return vErrors === null;
}



function validate60(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.shares !== undefined){
let data0 = data.shares;
vErrors = checkInteger(vErrors, data0, instancePath+"/shares", 18446744073709552000, 0);
}
if(data.quota !== undefined){
let data1 = data.quota;
vErrors = checkInteger(vErrors, data1, instancePath+"/quota", 9223372036854776000, -9223372036854776000);
}
if(data.burst !== undefined){
let data2 = data.burst;
vErrors = checkInteger(vErrors, data2, instancePath+"/burst", 18446744073709552000, 0);
}
if(data.period !== undefined){
let data3 = data.period;
vErrors = checkInteger(vErrors, data3, instancePath+"/period", 18446744073709552000, 0);
}
if(data.realtimeRuntime !== undefined){
let data4 = data.realtimeRuntime;
vErrors = checkInteger(vErrors, data4, instancePath+"/realtimeRuntime", 9223372036854776000, -9223372036854776000);
}
if(data.realtimePeriod !== undefined){
let data5 = data.realtimePeriod;
vErrors = checkInteger(vErrors, data5, instancePath+"/realtimePeriod", 18446744073709552000, 0);
}
if(data.cpus !== undefined){
if(typeof data.cpus !== "string"){
vErrors = wrongType(vErrors, instancePath+"/cpus", "string");
}
}
if(data.mems !== undefined){
if(typeof data.mems !== "string"){
vErrors = wrongType(vErrors, instancePath+"/mems", "string");
}
}
if(data.idle !== undefined){
let data8 = data.idle;
vErrors = checkInteger(vErrors, data8, instancePath+"/idle", 9223372036854776000, -9223372036854776000);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate60.errors = vErrors;
return vErrors === null;
}





function validate63(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.major === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "major"});
}
if(data.minor === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "minor"});
}
if(data.major !== undefined){
let data0 = data.major;
vErrors = checkInteger(vErrors, data0, instancePath+"/major", 9223372036854776000, -9223372036854776000);
}
if(data.minor !== undefined){
let data1 = data.minor;
vErrors = checkInteger(vErrors, data1, instancePath+"/minor", 9223372036854776000, -9223372036854776000);
}
if(data.weight !== undefined){
let data2 = data.weight;
vErrors = checkInteger(vErrors, data2, instancePath+"/weight", 65535, 0);
}
if(data.leafWeight !== undefined){
let data3 = data.leafWeight;
vErrors = checkInteger(vErrors, data3, instancePath+"/leafWeight", 65535, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate63.errors = vErrors;
return vErrors === null;
}




function validate66(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.major === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "major"});
}
if(data.minor === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "minor"});
}
if(data.rate === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "rate"});
}
if(data.major !== undefined){
let data0 = data.major;
vErrors = checkInteger(vErrors, data0, instancePath+"/major", 9223372036854776000, -9223372036854776000);
}
if(data.minor !== undefined){
let data1 = data.minor;
vErrors = checkInteger(vErrors, data1, instancePath+"/minor", 9223372036854776000, -9223372036854776000);
}
if(data.rate !== undefined){
let data2 = data.rate;
vErrors = checkInteger(vErrors, data2, instancePath+"/rate", 18446744073709552000, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate66.errors = vErrors;
return vErrors === null;
}


function validate65(data, instancePath=""){
let vErrors = null;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate66(data[i0], instancePath+"/" + i0))){
vErrors = join(vErrors, validate66.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "array");
}
validate65.errors = vErrors;
return vErrors === null;
}


function validate62(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.weight !== undefined){
let data0 = data.weight;
vErrors = checkInteger(vErrors, data0, instancePath+"/weight", 65535, 0);
}
if(data.leafWeight !== undefined){
let data1 = data.leafWeight;
vErrors = checkInteger(vErrors, data1, instancePath+"/leafWeight", 65535, 0);
}
if(data.weightDevice !== undefined){
let data2 = data.weightDevice;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
if(!(validate63(data2[i0], instancePath+"/weightDevice/" + i0))){
vErrors = join(vErrors, validate63.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/weightDevice", "array");
}
}
if(data.throttleReadBpsDevice !== undefined){
if(!(validate65(data.throttleReadBpsDevice, instancePath+"/throttleReadBpsDevice"))){
vErrors = join(vErrors, validate65.errors);
}
}
if(data.throttleWriteBpsDevice !== undefined){
if(!(validate65(data.throttleWriteBpsDevice, instancePath+"/throttleWriteBpsDevice"))){
vErrors = join(vErrors, validate65.errors);
}
}
if(data.throttleReadIOPSDevice !== undefined){
if(!(validate65(data.throttleReadIOPSDevice, instancePath+"/throttleReadIOPSDevice"))){
vErrors = join(vErrors, validate65.errors);
}
}
if(data.throttleWriteIOPSDevice !== undefined){
if(!(validate65(data.throttleWriteIOPSDevice, instancePath+"/throttleWriteIOPSDevice"))){
vErrors = join(vErrors, validate65.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate62.errors = vErrors;
return vErrors === null;
}



function validate73(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.pageSize === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "pageSize"});
}
if(data.limit === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "limit"});
}
if(data.pageSize !== undefined){
if(typeof data.pageSize !== "string"){
vErrors = wrongType(vErrors, instancePath+"/pageSize", "string");
}
}
if(data.limit !== undefined){
let data1 = data.limit;
vErrors = checkInteger(vErrors, data1, instancePath+"/limit", 18446744073709552000, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate73.errors = vErrors;
return vErrors === null;
}




function validate76(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "name"});
}
if(data.priority === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "priority"});
}
if(data.name !== undefined){
if(typeof data.name !== "string"){
vErrors = wrongType(vErrors, instancePath+"/name", "string");
}
}
if(data.priority !== undefined){
let data1 = data.priority;
vErrors = checkInteger(vErrors, data1, instancePath+"/priority", 4294967295, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate76.errors = vErrors;
return vErrors === null;
}


function validate75(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.classID !== undefined){
let data0 = data.classID;
vErrors = checkInteger(vErrors, data0, instancePath+"/classID", 4294967295, 0);
}
if(data.priorities !== undefined){
let data1 = data.priorities;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(!(validate76(data1[i0], instancePath+"/priorities/" + i0))){
vErrors = join(vErrors, validate76.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/priorities", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate75.errors = vErrors;
return vErrors === null;
}



function validate79(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.limit !== undefined){
let data0 = data.limit;
vErrors = checkInteger(vErrors, data0, instancePath+"/limit", 9223372036854776000, -9223372036854776000);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate79.errors = vErrors;
return vErrors === null;
}



function validate81(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.hcaHandles !== undefined){
let data0 = data.hcaHandles;
vErrors = checkInteger(vErrors, data0, instancePath+"/hcaHandles", 4294967295, 0);
}
if(data.hcaObjects !== undefined){
let data1 = data.hcaObjects;
vErrors = checkInteger(vErrors, data1, instancePath+"/hcaObjects", 4294967295, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate81.errors = vErrors;
return vErrors === null;
}


function validate55(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.devices !== undefined){
let data0 = data.devices;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate56(data0[i0], instancePath+"/devices/" + i0))){
vErrors = join(vErrors, validate56.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/devices", "array");
}
}
if(data.memory !== undefined){
if(!(validate58(data.memory, instancePath+"/memory"))){
vErrors = join(vErrors, validate58.errors);
}
}
if(data.cpu !== undefined){
if(!(validate60(data.cpu, instancePath+"/cpu"))){
vErrors = join(vErrors, validate60.errors);
}
}
if(data.blockIO !== undefined){
if(!(validate62(data.blockIO, instancePath+"/blockIO"))){
vErrors = join(vErrors, validate62.errors);
}
}
if(data.hugepageLimits !== undefined){
let data5 = data.hugepageLimits;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
if(!(validate73(data5[i1], instancePath+"/hugepageLimits/" + i1))){
vErrors = join(vErrors, validate73.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/hugepageLimits", "array");
}
}
if(data.network !== undefined){
if(!(validate75(data.network, instancePath+"/network"))){
vErrors = join(vErrors, validate75.errors);
}
}
if(data.pids !== undefined){
if(!(validate79(data.pids, instancePath+"/pids"))){
vErrors = join(vErrors, validate79.errors);
}
}
if(data.rdma !== undefined){
let data9 = data.rdma;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
for(const key0 in data9){
if(!(validate81(data9[key0], instancePath+"/rdma/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")))){
vErrors = join(vErrors, validate81.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/rdma", "object");
}
}
if(data.unified !== undefined){
let data11 = data.unified;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
for(const key1 in data11){
if(typeof data11[key1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/unified/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/unified", "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate55.errors = vErrors;
return vErrors === null;
}









function validate87(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.index === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "index"});
}
if(data.value === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "value"});
}
if(data.op === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "op"});
}
if(data.index !== undefined){
let data0 = data.index;
vErrors = checkInteger(vErrors, data0, instancePath+"/index", 5, 0);
}
if(data.value !== undefined){
let data1 = data.value;
vErrors = checkInteger(vErrors, data1, instancePath+"/value", 18446744073709552000, 0);
}
if(data.valueTwo !== undefined){
let data2 = data.valueTwo;
vErrors = checkInteger(vErrors, data2, instancePath+"/valueTwo", 18446744073709552000, 0);
}
if(data.op !== undefined){
let data3 = data.op;
if(typeof data3 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/op", "string");
}
if(!(((((((data3 === "SCMP_CMP_NE") || (data3 === "SCMP_CMP_LT")) || (data3 === "SCMP_CMP_LE")) || (data3 === "SCMP_CMP_EQ")) || (data3 === "SCMP_CMP_GE")) || (data3 === "SCMP_CMP_GT")) || (data3 === "SCMP_CMP_MASKED_EQ"))){
vErrors = add(vErrors, instancePath+"/op", "enum", {allowedValues: ["SCMP_CMP_NE","SCMP_CMP_LT","SCMP_CMP_LE","SCMP_CMP_EQ","SCMP_CMP_GE","SCMP_CMP_GT","SCMP_CMP_MASKED_EQ"]});
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate87.errors = vErrors;
return vErrors === null;
}


function validate86(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.names === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "names"});
}
if(data.action === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "action"});
}
if(data.names !== undefined){
let data0 = data.names;
if(Array.isArray(data0)){
if(data0.length < 1){
vErrors = add(vErrors, instancePath+"/names", "minItems", {limit: 1});
}
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/names/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/names", "array");
}
}
if(data.action !== undefined){
let data2 = data.action;
if(typeof data2 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/action", "string");
}
if(!(((((((((data2 === "SCMP_ACT_KILL") || (data2 === "SCMP_ACT_KILL_PROCESS")) || (data2 === "SCMP_ACT_KILL_THREAD")) || (data2 === "SCMP_ACT_TRAP")) || (data2 === "SCMP_ACT_ERRNO")) || (data2 === "SCMP_ACT_TRACE")) || (data2 === "SCMP_ACT_ALLOW")) || (data2 === "SCMP_ACT_LOG")) || (data2 === "SCMP_ACT_NOTIFY"))){
vErrors = add(vErrors, instancePath+"/action", "enum", {allowedValues: ["SCMP_ACT_KILL","SCMP_ACT_KILL_PROCESS","SCMP_ACT_KILL_THREAD","SCMP_ACT_TRAP","SCMP_ACT_ERRNO","SCMP_ACT_TRACE","SCMP_ACT_ALLOW","SCMP_ACT_LOG","SCMP_ACT_NOTIFY"]});
}
}
if(data.errnoRet !== undefined){
let data3 = data.errnoRet;
vErrors = checkInteger(vErrors, data3, instancePath+"/errnoRet", 4294967295, 0);
}
if(data.args !== undefined){
let data4 = data.args;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
if(!(validate87(data4[i1], instancePath+"/args/" + i1))){
vErrors = join(vErrors, validate87.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/args", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate86.errors = vErrors;
return vErrors === null;
}


function validate85(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.defaultAction === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "defaultAction"});
}
if(data.defaultAction !== undefined){
let data0 = data.defaultAction;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/defaultAction", "string");
}
if(!(((((((((data0 === "SCMP_ACT_KILL") || (data0 === "SCMP_ACT_KILL_PROCESS")) || (data0 === "SCMP_ACT_KILL_THREAD")) || (data0 === "SCMP_ACT_TRAP")) || (data0 === "SCMP_ACT_ERRNO")) || (data0 === "SCMP_ACT_TRACE")) || (data0 === "SCMP_ACT_ALLOW")) || (data0 === "SCMP_ACT_LOG")) || (data0 === "SCMP_ACT_NOTIFY"))){
vErrors = add(vErrors, instancePath+"/defaultAction", "enum", {allowedValues: ["SCMP_ACT_KILL","SCMP_ACT_KILL_PROCESS","SCMP_ACT_KILL_THREAD","SCMP_ACT_TRAP","SCMP_ACT_ERRNO","SCMP_ACT_TRACE","SCMP_ACT_ALLOW","SCMP_ACT_LOG","SCMP_ACT_NOTIFY"]});
}
}
if(data.defaultErrnoRet !== undefined){
let data1 = data.defaultErrnoRet;
vErrors = checkInteger(vErrors, data1, instancePath+"/defaultErrnoRet", 4294967295, 0);
}
if(data.architectures !== undefined){
let data2 = data.architectures;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(typeof data3 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/architectures/" + i0, "string");
}
if(!(((((((((((((((((((((((data3 === "SCMP_ARCH_X86") || (data3 === "SCMP_ARCH_X86_64")) || (data3 === "SCMP_ARCH_X32")) || (data3 === "SCMP_ARCH_ARM")) || (data3 === "SCMP_ARCH_AARCH64")) || (data3 === "SCMP_ARCH_MIPS")) || (data3 === "SCMP_ARCH_MIPS64")) || (data3 === "SCMP_ARCH_MIPS64N32")) || (data3 === "SCMP_ARCH_MIPSEL")) || (data3 === "SCMP_ARCH_MIPSEL64")) || (data3 === "SCMP_ARCH_MIPSEL64N32")) || (data3 === "SCMP_ARCH_PPC")) || (data3 === "SCMP_ARCH_PPC64")) || (data3 === "SCMP_ARCH_PPC64LE")) || (data3 === "SCMP_ARCH_S390")) || (data3 === "SCMP_ARCH_S390X")) || (data3 === "SCMP_ARCH_PARISC")) || (data3 === "SCMP_ARCH_PARISC64")) || (data3 === "SCMP_ARCH_RISCV64")) || (data3 === "SCMP_ARCH_LOONGARCH64")) || (data3 === "SCMP_ARCH_M68K")) || (data3 === "SCMP_ARCH_SH")) || (data3 === "SCMP_ARCH_SHEB"))){
vErrors = add(vErrors, instancePath+"/architectures/" + i0, "enum", {allowedValues: ["SCMP_ARCH_X86","SCMP_ARCH_X86_64","SCMP_ARCH_X32","SCMP_ARCH_ARM","SCMP_ARCH_AARCH64","SCMP_ARCH_MIPS","SCMP_ARCH_MIPS64","SCMP_ARCH_MIPS64N32","SCMP_ARCH_MIPSEL","SCMP_ARCH_MIPSEL64","SCMP_ARCH_MIPSEL64N32","SCMP_ARCH_PPC","SCMP_ARCH_PPC64","SCMP_ARCH_PPC64LE","SCMP_ARCH_S390","SCMP_ARCH_S390X","SCMP_ARCH_PARISC","SCMP_ARCH_PARISC64","SCMP_ARCH_RISCV64","SCMP_ARCH_LOONGARCH64","SCMP_ARCH_M68K","SCMP_ARCH_SH","SCMP_ARCH_SHEB"]});
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/architectures", "array");
}
}
if(data.flags !== undefined){
let data4 = data.flags;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
let data5 = data4[i1];
if(typeof data5 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/flags/" + i1, "string");
}
if(!((((data5 === "SECCOMP_FILTER_FLAG_TSYNC") || (data5 === "SECCOMP_FILTER_FLAG_LOG")) || (data5 === "SECCOMP_FILTER_FLAG_SPEC_ALLOW")) || (data5 === "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))){
vErrors = add(vErrors, instancePath+"/flags/" + i1, "enum", {allowedValues: ["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW","SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]});
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/flags", "array");
}
}
if(data.listenerPath !== undefined){
if(typeof data.listenerPath !== "string"){
vErrors = wrongType(vErrors, instancePath+"/listenerPath", "string");
}
}
if(data.listenerMetadata !== undefined){
if(typeof data.listenerMetadata !== "string"){
vErrors = wrongType(vErrors, instancePath+"/listenerMetadata", "string");
}
}
if(data.syscalls !== undefined){
let data8 = data.syscalls;
if(Array.isArray(data8)){
const len2 = data8.length;
for(let i2=0; i2<len2; i2++){
if(!(validate86(data8[i2], instancePath+"/syscalls/" + i2))){
vErrors = join(vErrors, validate86.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/syscalls", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate85.errors = vErrors;
return vErrors === null;
}



function validate91(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.closID !== undefined){
if(typeof data.closID !== "string"){
vErrors = wrongType(vErrors, instancePath+"/closID", "string");
}
}
if(data.schemata !== undefined){
let data1 = data.schemata;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/schemata/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/schemata", "array");
}
}
if(data.l3CacheSchema !== undefined){
if(typeof data.l3CacheSchema !== "string"){
vErrors = wrongType(vErrors, instancePath+"/l3CacheSchema", "string");
}
}
if(data.memBwSchema !== undefined){
if(typeof data.memBwSchema !== "string"){
vErrors = wrongType(vErrors, instancePath+"/memBwSchema", "string");
}
}
if(data.enableMonitoring !== undefined){
if(typeof data.enableMonitoring !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/enableMonitoring", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate91.errors = vErrors;
return vErrors === null;
}





function validate93(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.mode === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "mode"});
}
if(data.mode !== undefined){
let data0 = data.mode;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/mode", "string");
}
if(!(((((((data0 === "MPOL_DEFAULT") || (data0 === "MPOL_BIND")) || (data0 === "MPOL_INTERLEAVE")) || (data0 === "MPOL_WEIGHTED_INTERLEAVE")) || (data0 === "MPOL_PREFERRED")) || (data0 === "MPOL_PREFERRED_MANY")) || (data0 === "MPOL_LOCAL"))){
vErrors = add(vErrors, instancePath+"/mode", "enum", {allowedValues: ["MPOL_DEFAULT","MPOL_BIND","MPOL_INTERLEAVE","MPOL_WEIGHTED_INTERLEAVE","MPOL_PREFERRED","MPOL_PREFERRED_MANY","MPOL_LOCAL"]});
}
}
if(data.nodes !== undefined){
if(typeof data.nodes !== "string"){
vErrors = wrongType(vErrors, instancePath+"/nodes", "string");
}
}
if(data.flags !== undefined){
let data2 = data.flags;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(typeof data3 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/flags/" + i0, "string");
}
if(!(((data3 === "MPOL_F_NUMA_BALANCING") || (data3 === "MPOL_F_RELATIVE_NODES")) || (data3 === "MPOL_F_STATIC_NODES"))){
vErrors = add(vErrors, instancePath+"/flags/" + i0, "enum", {allowedValues: ["MPOL_F_NUMA_BALANCING","MPOL_F_RELATIVE_NODES","MPOL_F_STATIC_NODES"]});
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/flags", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate93.errors = vErrors;
return vErrors === null;
}




function validate95(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.domain === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "domain"});
}
if(data.domain !== undefined){
let data0 = data.domain;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/domain", "string");
}
if(!((data0 === "LINUX") || (data0 === "LINUX32"))){
vErrors = add(vErrors, instancePath+"/domain", "enum", {allowedValues: ["LINUX","LINUX32"]});
}
}
if(data.flags !== undefined){
let data1 = data.flags;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/flags/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/flags", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate95.errors = vErrors;
return vErrors === null;
}


function validate44(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.namespaces !== undefined){
let data0 = data.namespaces;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate45(data0[i0], instancePath+"/namespaces/" + i0))){
vErrors = join(vErrors, validate45.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/namespaces", "array");
}
}
if(data.uidMappings !== undefined){
let data2 = data.uidMappings;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(!(validate47(data2[i1], instancePath+"/uidMappings/" + i1))){
vErrors = join(vErrors, validate47.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/uidMappings", "array");
}
}
if(data.gidMappings !== undefined){
let data4 = data.gidMappings;
if(Array.isArray(data4)){
const len2 = data4.length;
for(let i2=0; i2<len2; i2++){
if(!(validate47(data4[i2], instancePath+"/gidMappings/" + i2))){
vErrors = join(vErrors, validate47.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/gidMappings", "array");
}
}
if(data.timeOffsets !== undefined){
let data6 = data.timeOffsets;
if(data6 && typeof data6 == "object" && !Array.isArray(data6)){
for(const key0 in data6){
if(!(validate50(data6[key0], instancePath+"/timeOffsets/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")))){
vErrors = join(vErrors, validate50.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/timeOffsets", "object");
}
}
if(data.devices !== undefined){
let data8 = data.devices;
if(Array.isArray(data8)){
const len3 = data8.length;
for(let i3=0; i3<len3; i3++){
if(!(validate52(data8[i3], instancePath+"/devices/" + i3))){
vErrors = join(vErrors, validate52.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/devices", "array");
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
vErrors = wrongType(vErrors, instancePath+"/netDevices/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/name", "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/netDevices/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"), "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/netDevices", "object");
}
}
if(data.cgroupsPath !== undefined){
if(typeof data.cgroupsPath !== "string"){
vErrors = wrongType(vErrors, instancePath+"/cgroupsPath", "string");
}
}
if(data.resources !== undefined){
if(!(validate55(data.resources, instancePath+"/resources"))){
vErrors = join(vErrors, validate55.errors);
}
}
if(data.rootfsPropagation !== undefined){
let data15 = data.rootfsPropagation;
if(typeof data15 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/rootfsPropagation", "string");
}
if(!(((((((((data15 === "") || (data15 === "shared")) || (data15 === "slave")) || (data15 === "private")) || (data15 === "unbindable")) || (data15 === "rshared")) || (data15 === "rslave")) || (data15 === "rprivate")) || (data15 === "runbindable"))){
vErrors = add(vErrors, instancePath+"/rootfsPropagation", "enum", {allowedValues: ["","shared","slave","private","unbindable","rshared","rslave","rprivate","runbindable"]});
}
}
if(data.seccomp !== undefined){
if(!(validate85(data.seccomp, instancePath+"/seccomp"))){
vErrors = join(vErrors, validate85.errors);
}
}
if(data.sysctl !== undefined){
let data17 = data.sysctl;
if(data17 && typeof data17 == "object" && !Array.isArray(data17)){
for(const key2 in data17){
if(typeof data17[key2] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/sysctl/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/sysctl", "object");
}
}
if(data.maskedPaths !== undefined){
let data19 = data.maskedPaths;
if(Array.isArray(data19)){
const len4 = data19.length;
for(let i4=0; i4<len4; i4++){
if(typeof data19[i4] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/maskedPaths/" + i4, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/maskedPaths", "array");
}
}
if(data.readonlyPaths !== undefined){
let data21 = data.readonlyPaths;
if(Array.isArray(data21)){
const len5 = data21.length;
for(let i5=0; i5<len5; i5++){
if(typeof data21[i5] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/readonlyPaths/" + i5, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/readonlyPaths", "array");
}
}
if(data.mountLabel !== undefined){
if(typeof data.mountLabel !== "string"){
vErrors = wrongType(vErrors, instancePath+"/mountLabel", "string");
}
}
if(data.intelRdt !== undefined){
if(!(validate91(data.intelRdt, instancePath+"/intelRdt"))){
vErrors = join(vErrors, validate91.errors);
}
}
if(data.memoryPolicy !== undefined){
if(!(validate93(data.memoryPolicy, instancePath+"/memoryPolicy"))){
vErrors = join(vErrors, validate93.errors);
}
}
if(data.personality !== undefined){
if(!(validate95(data.personality, instancePath+"/personality"))){
vErrors = join(vErrors, validate95.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate44.errors = vErrors;
return vErrors === null;
}


function validate10(data, instancePath=""){
/*# sourceURL="config.schema.json" */;
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.ociVersion === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "ociVersion"});
}
if(data.ociVersion !== undefined){
if(typeof data.ociVersion !== "string"){
vErrors = wrongType(vErrors, instancePath+"/ociVersion", "string");
}
}
if(data.root !== undefined){
let data1 = data.root;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(data1.path === undefined){
vErrors = add(vErrors, instancePath+"/root", "required", {missingProperty: "path"});
}
if(data1.path !== undefined){
if(typeof data1.path !== "string"){
vErrors = wrongType(vErrors, instancePath+"/root/path", "string");
}
}
if(data1.readonly !== undefined){
if(typeof data1.readonly !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/root/readonly", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/root", "object");
}
}
if(data.mounts !== undefined){
let data4 = data.mounts;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
if(!(validate11(data4[i0], instancePath+"/mounts/" + i0))){
vErrors = join(vErrors, validate11.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/mounts", "array");
}
}
if(data.process !== undefined){
if(!(validate19(data.process, instancePath+"/process"))){
vErrors = join(vErrors, validate19.errors);
}
}
if(data.hostname !== undefined){
if(typeof data.hostname !== "string"){
vErrors = wrongType(vErrors, instancePath+"/hostname", "string");
}
}
if(data.domainname !== undefined){
if(typeof data.domainname !== "string"){
vErrors = wrongType(vErrors, instancePath+"/domainname", "string");
}
}
if(data.hooks !== undefined){
if(!(validate33(data.hooks, instancePath+"/hooks"))){
vErrors = join(vErrors, validate33.errors);
}
}
if(data.annotations !== undefined){
let data10 = data.annotations;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key0 in data10){
if(typeof data10[key0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/annotations/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/annotations", "object");
}
}
if(data.linux !== undefined){
if(!(validate44(data.linux, instancePath+"/linux"))){
vErrors = join(vErrors, validate44.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate10.errors = vErrors;
return vErrors === null;
}


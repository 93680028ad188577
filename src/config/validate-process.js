// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
import { add, checkInteger, join, wrongType } from "./validate-functions.js";
"use strict";
export const validate = validate11;
export default validate11;






function validate12(data, instancePath=""){
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
validate12.errors = vErrors;
return vErrors === null;
}




function validate15(data, instancePath=""){
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
validate15.errors = vErrors;
return vErrors === null;
}




function validate17(data, instancePath=""){
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
validate17.errors = vErrors;
return vErrors === null;
}



function validate19(data, instancePath=""){
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
validate19.errors = vErrors;
return vErrors === null;
}






function validate21(data, instancePath=""){
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
validate21.errors = vErrors;
return vErrors === null;
}




function validate23(data, instancePath=""){
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
validate23.errors = vErrors;
return vErrors === null;
}


function validate11(data, instancePath=""){
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
if(!(validate12(data.consoleSize, instancePath+"/consoleSize"))){
vErrors = join(vErrors, validate12.errors);
}
}
if(data.user !== undefined){
if(!(validate15(data.user, instancePath+"/user"))){
vErrors = join(vErrors, validate15.errors);
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
if(!(validate17(data8[i2], instancePath+"/rlimits/" + i2))){
vErrors = join(vErrors, validate17.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/rlimits", "array");
}
}
if(data.capabilities !== undefined){
if(!(validate19(data.capabilities, instancePath+"/capabilities"))){
vErrors = join(vErrors, validate19.errors);
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
if(!(validate21(data.scheduler, instancePath+"/scheduler"))){
vErrors = join(vErrors, validate21.errors);
}
}
if(data.ioPriority !== undefined){
if(!(validate23(data.ioPriority, instancePath+"/ioPriority"))){
vErrors = join(vErrors, validate23.errors);
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
validate11.errors = vErrors;
return vErrors === null;
}


// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
import { add, checkInteger, join, wrongType } from "./validate-functions.js";
"use strict";
export const validate = validate11;
export default validate11;






function validate12(data, instancePath=""){
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
validate12.errors = vErrors;
return vErrors === null;
}




function validate15(data, instancePath=""){
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
validate15.errors = vErrors;
return vErrors === null;
}



function validate17(data, instancePath=""){
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
validate17.errors = vErrors;
return vErrors === null;
}





function validate20(data, instancePath=""){
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
validate20.errors = vErrors;
return vErrors === null;
}




function validate23(data, instancePath=""){
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
validate23.errors = vErrors;
return vErrors === null;
}


function validate22(data, instancePath=""){
let vErrors = null;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate23(data[i0], instancePath+"/" + i0))){
vErrors = join(vErrors, validate23.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "array");
}
validate22.errors = vErrors;
return vErrors === null;
}


function validate19(data, instancePath=""){
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
if(!(validate20(data2[i0], instancePath+"/weightDevice/" + i0))){
vErrors = join(vErrors, validate20.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/weightDevice", "array");
}
}
if(data.throttleReadBpsDevice !== undefined){
if(!(validate22(data.throttleReadBpsDevice, instancePath+"/throttleReadBpsDevice"))){
vErrors = join(vErrors, validate22.errors);
}
}
if(data.throttleWriteBpsDevice !== undefined){
if(!(validate22(data.throttleWriteBpsDevice, instancePath+"/throttleWriteBpsDevice"))){
vErrors = join(vErrors, validate22.errors);
}
}
if(data.throttleReadIOPSDevice !== undefined){
if(!(validate22(data.throttleReadIOPSDevice, instancePath+"/throttleReadIOPSDevice"))){
vErrors = join(vErrors, validate22.errors);
}
}
if(data.throttleWriteIOPSDevice !== undefined){
if(!(validate22(data.throttleWriteIOPSDevice, instancePath+"/throttleWriteIOPSDevice"))){
vErrors = join(vErrors, validate22.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate19.errors = vErrors;
return vErrors === null;
}



function validate30(data, instancePath=""){
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
validate30.errors = vErrors;
return vErrors === null;
}





function validate33(data, instancePath=""){
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
validate33.errors = vErrors;
return vErrors === null;
}


function validate32(data, instancePath=""){
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
if(!(validate33(data1[i0], instancePath+"/priorities/" + i0))){
vErrors = join(vErrors, validate33.errors);
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
validate32.errors = vErrors;
return vErrors === null;
}



function validate36(data, instancePath=""){
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
validate36.errors = vErrors;
return vErrors === null;
}



function validate38(data, instancePath=""){
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
validate38.errors = vErrors;
return vErrors === null;
}


function validate11(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.devices !== undefined){
let data0 = data.devices;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate12(data0[i0], instancePath+"/devices/" + i0))){
vErrors = join(vErrors, validate12.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/devices", "array");
}
}
if(data.memory !== undefined){
if(!(validate15(data.memory, instancePath+"/memory"))){
vErrors = join(vErrors, validate15.errors);
}
}
if(data.cpu !== undefined){
if(!(validate17(data.cpu, instancePath+"/cpu"))){
vErrors = join(vErrors, validate17.errors);
}
}
if(data.blockIO !== undefined){
if(!(validate19(data.blockIO, instancePath+"/blockIO"))){
vErrors = join(vErrors, validate19.errors);
}
}
if(data.hugepageLimits !== undefined){
let data5 = data.hugepageLimits;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
if(!(validate30(data5[i1], instancePath+"/hugepageLimits/" + i1))){
vErrors = join(vErrors, validate30.errors);
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/hugepageLimits", "array");
}
}
if(data.network !== undefined){
if(!(validate32(data.network, instancePath+"/network"))){
vErrors = join(vErrors, validate32.errors);
}
}
if(data.pids !== undefined){
if(!(validate36(data.pids, instancePath+"/pids"))){
vErrors = join(vErrors, validate36.errors);
}
}
if(data.rdma !== undefined){
let data9 = data.rdma;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
for(const key0 in data9){
if(!(validate38(data9[key0], instancePath+"/rdma/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")))){
vErrors = join(vErrors, validate38.errors);
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
validate11.errors = vErrors;
return vErrors === null;
}


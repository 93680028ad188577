// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
import { add, checkInteger, join, wrongType } from "./validate-functions.js";
"use strict";
export const validate = validate10;
export default validate10;









function validate10(data, instancePath=""){
/*# sourceURL="host.schema.json" */;
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.architecture === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "architecture"});
}
if(data.kernel === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "kernel"});
}
if(data.effectiveUid === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "effectiveUid"});
}
if(data.effectiveGid === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "effectiveGid"});
}
if(data.initialUserNamespace === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "initialUserNamespace"});
}
if(data.capabilities === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "capabilities"});
}
if(data.lastCapability === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "lastCapability"});
}
if(data.limits === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "limits"});
}
if(data.cgroupMode === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "cgroupMode"});
}
if(data.hierarchies === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "hierarchies"});
}
if(data.architecture !== undefined){
let data0 = data.architecture;
if(typeof data0 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/architecture", "string");
}
if(!((data0 === "x86_64") || (data0 === "aarch64"))){
vErrors = add(vErrors, instancePath+"/architecture", "enum", {allowedValues: ["x86_64","aarch64"]});
}
}
if(data.kernel !== undefined){
let data1 = data.kernel;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(data1.major === undefined){
vErrors = add(vErrors, instancePath+"/kernel", "required", {missingProperty: "major"});
}
if(data1.minor === undefined){
vErrors = add(vErrors, instancePath+"/kernel", "required", {missingProperty: "minor"});
}
if(data1.major !== undefined){
let data2 = data1.major;
vErrors = checkInteger(vErrors, data2, instancePath+"/kernel/major", 1000, 0);
}
if(data1.minor !== undefined){
let data3 = data1.minor;
vErrors = checkInteger(vErrors, data3, instancePath+"/kernel/minor", 1000, 0);
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/kernel", "object");
}
}
if(data.effectiveUid !== undefined){
let data4 = data.effectiveUid;
vErrors = checkInteger(vErrors, data4, instancePath+"/effectiveUid", 4294967295, 0);
}
if(data.effectiveGid !== undefined){
let data5 = data.effectiveGid;
vErrors = checkInteger(vErrors, data5, instancePath+"/effectiveGid", 4294967295, 0);
}
if(data.initialUserNamespace !== undefined){
if(typeof data.initialUserNamespace !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/initialUserNamespace", "boolean");
}
}
if(data.capabilities !== undefined){
let data7 = data.capabilities;
if(Array.isArray(data7)){
const len0 = data7.length;
for(let i0=0; i0<len0; i0++){
if(typeof data7[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/capabilities/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/capabilities", "array");
}
}
if(data.lastCapability !== undefined){
let data9 = data.lastCapability;
vErrors = checkInteger(vErrors, data9, instancePath+"/lastCapability", 63, 0);
}
if(data.limits !== undefined){
let data10 = data.limits;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key0 in data10){
let data11 = data10[key0];
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(data11.soft === undefined){
vErrors = add(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), "required", {missingProperty: "soft"});
}
if(data11.hard === undefined){
vErrors = add(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), "required", {missingProperty: "hard"});
}
if(data11.soft !== undefined){
let data12 = data11.soft;
if(!(((typeof data12 == "number") && (!(data12 % 1) && !isNaN(data12))) && (isFinite(data12)))){
vErrors = wrongType(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/soft", "integer");
}
if((typeof data12 == "number") && (isFinite(data12))){
if(data12 < -1 || isNaN(data12)){
vErrors = add(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/soft", "minimum", {comparison: ">=", limit: -1});
}
}
}
if(data11.hard !== undefined){
let data13 = data11.hard;
if(!(((typeof data13 == "number") && (!(data13 % 1) && !isNaN(data13))) && (isFinite(data13)))){
vErrors = wrongType(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/hard", "integer");
}
if((typeof data13 == "number") && (isFinite(data13))){
if(data13 < -1 || isNaN(data13)){
vErrors = add(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/hard", "minimum", {comparison: ">=", limit: -1});
}
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/limits", "object");
}
}
if(data.cgroupMode !== undefined){
let data14 = data.cgroupMode;
if(typeof data14 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/cgroupMode", "string");
}
if(!((((data14 === "none") || (data14 === "v1")) || (data14 === "hybrid")) || (data14 === "v2"))){
vErrors = add(vErrors, instancePath+"/cgroupMode", "enum", {allowedValues: ["none","v1","hybrid","v2"]});
}
}
if(data.hierarchies !== undefined){
let data15 = data.hierarchies;
if(Array.isArray(data15)){
const len1 = data15.length;
for(let i1=0; i1<len1; i1++){
let data16 = data15[i1];
if(data16 && typeof data16 == "object" && !Array.isArray(data16)){
if(data16.version === undefined){
vErrors = add(vErrors, instancePath+"/hierarchies/" + i1, "required", {missingProperty: "version"});
}
if(data16.mountpoint === undefined){
vErrors = add(vErrors, instancePath+"/hierarchies/" + i1, "required", {missingProperty: "mountpoint"});
}
if(data16.controllers === undefined){
vErrors = add(vErrors, instancePath+"/hierarchies/" + i1, "required", {missingProperty: "controllers"});
}
if(data16.version !== undefined){
let data17 = data16.version;
vErrors = checkInteger(vErrors, data17, instancePath+"/hierarchies/" + i1+"/version", 2, 1);
}
if(data16.mountpoint !== undefined){
if(typeof data16.mountpoint !== "string"){
vErrors = wrongType(vErrors, instancePath+"/hierarchies/" + i1+"/mountpoint", "string");
}
}
if(data16.controllers !== undefined){
let data19 = data16.controllers;
if(Array.isArray(data19)){
const len2 = data19.length;
for(let i2=0; i2<len2; i2++){
if(typeof data19[i2] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/hierarchies/" + i1+"/controllers/" + i2, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/hierarchies/" + i1+"/controllers", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/hierarchies/" + i1, "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/hierarchies", "array");
}
}
if(data.apparmor !== undefined){
if(typeof data.apparmor !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/apparmor", "boolean");
}
}
if(data.selinux !== undefined){
if(typeof data.selinux !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/selinux", "boolean");
}
}
if(data.sources !== undefined){
let data23 = data.sources;
if(data23 && typeof data23 == "object" && !Array.isArray(data23)){
for(const key1 in data23){
let data24 = data23[key1];
if(typeof data24 !== "string"){
vErrors = wrongType(vErrors, instancePath+"/sources/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
if(!(((data24 === "directory") || (data24 === "file")) || (data24 === "missing"))){
vErrors = add(vErrors, instancePath+"/sources/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"), "enum", {allowedValues: ["directory","file","missing"]});
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/sources", "object");
}
}
if(data.links !== undefined){
let data25 = data.links;
if(data25 && typeof data25 == "object" && !Array.isArray(data25)){
for(const key2 in data25){
if(typeof data25[key2] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/links/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/links", "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate10.errors = vErrors;
return vErrors === null;
}


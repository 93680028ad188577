// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
import { add, checkInteger, join, wrongType } from "./validate-functions.js";
"use strict";
export const validate = validate10;
export default validate10;









function validate13(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.enabled !== undefined){
if(typeof data.enabled !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/enabled", "boolean");
}
}
if(data.actions !== undefined){
let data1 = data.actions;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/actions/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/actions", "array");
}
}
if(data.operators !== undefined){
let data3 = data.operators;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
if(typeof data3[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/operators/" + i1, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/operators", "array");
}
}
if(data.archs !== undefined){
let data5 = data.archs;
if(Array.isArray(data5)){
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
if(typeof data5[i2] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/archs/" + i2, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/archs", "array");
}
}
if(data.knownFlags !== undefined){
let data7 = data.knownFlags;
if(Array.isArray(data7)){
const len3 = data7.length;
for(let i3=0; i3<len3; i3++){
if(typeof data7[i3] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/knownFlags/" + i3, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/knownFlags", "array");
}
}
if(data.supportedFlags !== undefined){
let data9 = data.supportedFlags;
if(Array.isArray(data9)){
const len4 = data9.length;
for(let i4=0; i4<len4; i4++){
if(typeof data9[i4] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/supportedFlags/" + i4, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/supportedFlags", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate13.errors = vErrors;
return vErrors === null;
}



function validate15(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.modes !== undefined){
let data0 = data.modes;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/modes/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/modes", "array");
}
}
if(data.flags !== undefined){
let data2 = data.flags;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(typeof data2[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/flags/" + i1, "string");
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
validate15.errors = vErrors;
return vErrors === null;
}



function validate17(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.idmap !== undefined){
let data0 = data.idmap;
if(data0 && typeof data0 == "object" && !Array.isArray(data0)){
if(data0.enabled !== undefined){
if(typeof data0.enabled !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/idmap/enabled", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/idmap", "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate17.errors = vErrors;
return vErrors === null;
}


function validate12(data, instancePath=""){
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.namespaces !== undefined){
let data0 = data.namespaces;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/namespaces/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/namespaces", "array");
}
}
if(data.capabilities !== undefined){
let data2 = data.capabilities;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(typeof data2[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/capabilities/" + i1, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/capabilities", "array");
}
}
if(data.cgroup !== undefined){
let data4 = data.cgroup;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.v1 !== undefined){
if(typeof data4.v1 !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/cgroup/v1", "boolean");
}
}
if(data4.v2 !== undefined){
if(typeof data4.v2 !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/cgroup/v2", "boolean");
}
}
if(data4.systemd !== undefined){
if(typeof data4.systemd !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/cgroup/systemd", "boolean");
}
}
if(data4.systemdUser !== undefined){
if(typeof data4.systemdUser !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/cgroup/systemdUser", "boolean");
}
}
if(data4.rdma !== undefined){
if(typeof data4.rdma !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/cgroup/rdma", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/cgroup", "object");
}
}
if(data.seccomp !== undefined){
if(!(validate13(data.seccomp, instancePath+"/seccomp"))){
vErrors = join(vErrors, validate13.errors);
}
}
if(data.apparmor !== undefined){
let data11 = data.apparmor;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(data11.enabled !== undefined){
if(typeof data11.enabled !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/apparmor/enabled", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/apparmor", "object");
}
}
if(data.selinux !== undefined){
let data13 = data.selinux;
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.enabled !== undefined){
if(typeof data13.enabled !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/selinux/enabled", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/selinux", "object");
}
}
if(data.intelRdt !== undefined){
let data15 = data.intelRdt;
if(data15 && typeof data15 == "object" && !Array.isArray(data15)){
if(data15.enabled !== undefined){
if(typeof data15.enabled !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/intelRdt/enabled", "boolean");
}
}
if(data15.schemata !== undefined){
if(typeof data15.schemata !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/intelRdt/schemata", "boolean");
}
}
if(data15.monitoring !== undefined){
if(typeof data15.monitoring !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/intelRdt/monitoring", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/intelRdt", "object");
}
}
if(data.memoryPolicy !== undefined){
if(!(validate15(data.memoryPolicy, instancePath+"/memoryPolicy"))){
vErrors = join(vErrors, validate15.errors);
}
}
if(data.mountExtensions !== undefined){
if(!(validate17(data.mountExtensions, instancePath+"/mountExtensions"))){
vErrors = join(vErrors, validate17.errors);
}
}
if(data.netDevices !== undefined){
let data21 = data.netDevices;
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
if(data21.enabled !== undefined){
if(typeof data21.enabled !== "boolean"){
vErrors = wrongType(vErrors, instancePath+"/netDevices/enabled", "boolean");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/netDevices", "object");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate12.errors = vErrors;
return vErrors === null;
}


function validate10(data, instancePath=""){
/*# sourceURL="features.schema.json" */;
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.ociVersionMin === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "ociVersionMin"});
}
if(data.ociVersionMax === undefined){
vErrors = add(vErrors, instancePath, "required", {missingProperty: "ociVersionMax"});
}
if(data.ociVersionMin !== undefined){
if(typeof data.ociVersionMin !== "string"){
vErrors = wrongType(vErrors, instancePath+"/ociVersionMin", "string");
}
}
if(data.ociVersionMax !== undefined){
if(typeof data.ociVersionMax !== "string"){
vErrors = wrongType(vErrors, instancePath+"/ociVersionMax", "string");
}
}
if(data.hooks !== undefined){
let data2 = data.hooks;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
if(typeof data2[i0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/hooks/" + i0, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/hooks", "array");
}
}
if(data.mountOptions !== undefined){
let data4 = data.mountOptions;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
if(typeof data4[i1] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/mountOptions/" + i1, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/mountOptions", "array");
}
}
if(data.linux !== undefined){
if(!(validate12(data.linux, instancePath+"/linux"))){
vErrors = join(vErrors, validate12.errors);
}
}
if(data.annotations !== undefined){
let data7 = data.annotations;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key0 in data7){
if(typeof data7[key0] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/annotations/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/annotations", "object");
}
}
if(data.potentiallyUnsafeConfigAnnotations !== undefined){
let data9 = data.potentiallyUnsafeConfigAnnotations;
if(Array.isArray(data9)){
const len2 = data9.length;
for(let i2=0; i2<len2; i2++){
if(typeof data9[i2] !== "string"){
vErrors = wrongType(vErrors, instancePath+"/potentiallyUnsafeConfigAnnotations/" + i2, "string");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath+"/potentiallyUnsafeConfigAnnotations", "array");
}
}
}
else {
vErrors = wrongType(vErrors, instancePath, "object");
}
validate10.errors = vErrors;
return vErrors === null;
}


// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
"use strict";
export const validate = validate10;
export default validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","$id":"features.schema.json","title":"Features","type":"object","required":["ociVersionMin","ociVersionMax"],"properties":{"ociVersionMin":{"type":"string"},"ociVersionMax":{"type":"string"},"hooks":{"$ref":"defs.schema.json#/definitions/Strings"},"mountOptions":{"$ref":"defs.schema.json#/definitions/Strings"},"linux":{"$ref":"#/definitions/LinuxFeatures"},"annotations":{"$ref":"defs.schema.json#/definitions/StringMap"},"potentiallyUnsafeConfigAnnotations":{"$ref":"defs.schema.json#/definitions/Strings"}},"definitions":{"LinuxFeatures":{"type":"object","properties":{"namespaces":{"$ref":"defs.schema.json#/definitions/Strings"},"capabilities":{"$ref":"defs.schema.json#/definitions/Strings"},"cgroup":{"$ref":"#/definitions/CgroupFeatures"},"seccomp":{"$ref":"#/definitions/SeccompFeatures"},"apparmor":{"$ref":"#/definitions/FeatureSwitch"},"selinux":{"$ref":"#/definitions/FeatureSwitch"},"intelRdt":{"$ref":"#/definitions/IntelRdtFeatures"},"memoryPolicy":{"$ref":"#/definitions/MemoryPolicyFeatures"},"mountExtensions":{"$ref":"#/definitions/MountExtensionFeatures"},"netDevices":{"$ref":"#/definitions/FeatureSwitch"}}},"FeatureSwitch":{"type":"object","properties":{"enabled":{"type":"boolean"}}},"CgroupFeatures":{"type":"object","properties":{"v1":{"type":"boolean"},"v2":{"type":"boolean"},"systemd":{"type":"boolean"},"systemdUser":{"type":"boolean"},"rdma":{"type":"boolean"}}},"SeccompFeatures":{"type":"object","properties":{"enabled":{"type":"boolean"},"actions":{"$ref":"defs.schema.json#/definitions/Strings"},"operators":{"$ref":"defs.schema.json#/definitions/Strings"},"archs":{"$ref":"defs.schema.json#/definitions/Strings"},"knownFlags":{"$ref":"defs.schema.json#/definitions/Strings"},"supportedFlags":{"$ref":"defs.schema.json#/definitions/Strings"}}},"IntelRdtFeatures":{"type":"object","properties":{"enabled":{"type":"boolean"},"schemata":{"type":"boolean"},"monitoring":{"type":"boolean"}}},"MemoryPolicyFeatures":{"type":"object","properties":{"modes":{"$ref":"defs.schema.json#/definitions/Strings"},"flags":{"$ref":"defs.schema.json#/definitions/Strings"}}},"MountExtensionFeatures":{"type":"object","properties":{"idmap":{"$ref":"#/definitions/FeatureSwitch"}}}}};
const schema13 = {"type":"array","items":{"type":"string"}};
const schema34 = {"type":"object","additionalProperties":{"type":"string"}};
const schema15 = {"type":"object","properties":{"namespaces":{"$ref":"defs.schema.json#/definitions/Strings"},"capabilities":{"$ref":"defs.schema.json#/definitions/Strings"},"cgroup":{"$ref":"#/definitions/CgroupFeatures"},"seccomp":{"$ref":"#/definitions/SeccompFeatures"},"apparmor":{"$ref":"#/definitions/FeatureSwitch"},"selinux":{"$ref":"#/definitions/FeatureSwitch"},"intelRdt":{"$ref":"#/definitions/IntelRdtFeatures"},"memoryPolicy":{"$ref":"#/definitions/MemoryPolicyFeatures"},"mountExtensions":{"$ref":"#/definitions/MountExtensionFeatures"},"netDevices":{"$ref":"#/definitions/FeatureSwitch"}}};
const schema18 = {"type":"object","properties":{"v1":{"type":"boolean"},"v2":{"type":"boolean"},"systemd":{"type":"boolean"},"systemdUser":{"type":"boolean"},"rdma":{"type":"boolean"}}};
const schema25 = {"type":"object","properties":{"enabled":{"type":"boolean"}}};
const schema27 = {"type":"object","properties":{"enabled":{"type":"boolean"},"schemata":{"type":"boolean"},"monitoring":{"type":"boolean"}}};
const schema19 = {"type":"object","properties":{"enabled":{"type":"boolean"},"actions":{"$ref":"defs.schema.json#/definitions/Strings"},"operators":{"$ref":"defs.schema.json#/definitions/Strings"},"archs":{"$ref":"defs.schema.json#/definitions/Strings"},"knownFlags":{"$ref":"defs.schema.json#/definitions/Strings"},"supportedFlags":{"$ref":"defs.schema.json#/definitions/Strings"}}};

function validate13(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.enabled !== undefined){
if(typeof data.enabled !== "boolean"){
const err0 = {instancePath:instancePath+"/enabled",schemaPath:"#/properties/enabled/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.actions !== undefined){
let data1 = data.actions;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
const err1 = {instancePath:instancePath+"/actions/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err2 = {instancePath:instancePath+"/actions",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.operators !== undefined){
let data3 = data.operators;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
if(typeof data3[i1] !== "string"){
const err3 = {instancePath:instancePath+"/operators/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err4 = {instancePath:instancePath+"/operators",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.archs !== undefined){
let data5 = data.archs;
if(Array.isArray(data5)){
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
if(typeof data5[i2] !== "string"){
const err5 = {instancePath:instancePath+"/archs/" + i2,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err6 = {instancePath:instancePath+"/archs",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.knownFlags !== undefined){
let data7 = data.knownFlags;
if(Array.isArray(data7)){
const len3 = data7.length;
for(let i3=0; i3<len3; i3++){
if(typeof data7[i3] !== "string"){
const err7 = {instancePath:instancePath+"/knownFlags/" + i3,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err8 = {instancePath:instancePath+"/knownFlags",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.supportedFlags !== undefined){
let data9 = data.supportedFlags;
if(Array.isArray(data9)){
const len4 = data9.length;
for(let i4=0; i4<len4; i4++){
if(typeof data9[i4] !== "string"){
const err9 = {instancePath:instancePath+"/supportedFlags/" + i4,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err10 = {instancePath:instancePath+"/supportedFlags",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
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
validate13.errors = vErrors;
return errors === 0;
}

const schema28 = {"type":"object","properties":{"modes":{"$ref":"defs.schema.json#/definitions/Strings"},"flags":{"$ref":"defs.schema.json#/definitions/Strings"}}};

function validate15(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.modes !== undefined){
let data0 = data.modes;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
const err0 = {instancePath:instancePath+"/modes/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err1 = {instancePath:instancePath+"/modes",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.flags !== undefined){
let data2 = data.flags;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(typeof data2[i1] !== "string"){
const err2 = {instancePath:instancePath+"/flags/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err3 = {instancePath:instancePath+"/flags",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
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
validate15.errors = vErrors;
return errors === 0;
}

const schema31 = {"type":"object","properties":{"idmap":{"$ref":"#/definitions/FeatureSwitch"}}};

function validate17(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.idmap !== undefined){
let data0 = data.idmap;
if(data0 && typeof data0 == "object" && !Array.isArray(data0)){
if(data0.enabled !== undefined){
if(typeof data0.enabled !== "boolean"){
const err0 = {instancePath:instancePath+"/idmap/enabled",schemaPath:"#/definitions/FeatureSwitch/properties/enabled/type",keyword:"type",params:{type: "boolean"}};
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
const err1 = {instancePath:instancePath+"/idmap",schemaPath:"#/definitions/FeatureSwitch/type",keyword:"type",params:{type: "object"}};
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
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate17.errors = vErrors;
return errors === 0;
}


function validate12(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.namespaces !== undefined){
let data0 = data.namespaces;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(typeof data0[i0] !== "string"){
const err0 = {instancePath:instancePath+"/namespaces/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err1 = {instancePath:instancePath+"/namespaces",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.capabilities !== undefined){
let data2 = data.capabilities;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
if(typeof data2[i1] !== "string"){
const err2 = {instancePath:instancePath+"/capabilities/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err3 = {instancePath:instancePath+"/capabilities",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.cgroup !== undefined){
let data4 = data.cgroup;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.v1 !== undefined){
if(typeof data4.v1 !== "boolean"){
const err4 = {instancePath:instancePath+"/cgroup/v1",schemaPath:"#/definitions/CgroupFeatures/properties/v1/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data4.v2 !== undefined){
if(typeof data4.v2 !== "boolean"){
const err5 = {instancePath:instancePath+"/cgroup/v2",schemaPath:"#/definitions/CgroupFeatures/properties/v2/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data4.systemd !== undefined){
if(typeof data4.systemd !== "boolean"){
const err6 = {instancePath:instancePath+"/cgroup/systemd",schemaPath:"#/definitions/CgroupFeatures/properties/systemd/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data4.systemdUser !== undefined){
if(typeof data4.systemdUser !== "boolean"){
const err7 = {instancePath:instancePath+"/cgroup/systemdUser",schemaPath:"#/definitions/CgroupFeatures/properties/systemdUser/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data4.rdma !== undefined){
if(typeof data4.rdma !== "boolean"){
const err8 = {instancePath:instancePath+"/cgroup/rdma",schemaPath:"#/definitions/CgroupFeatures/properties/rdma/type",keyword:"type",params:{type: "boolean"}};
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
const err9 = {instancePath:instancePath+"/cgroup",schemaPath:"#/definitions/CgroupFeatures/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.seccomp !== undefined){
if(!(validate13(data.seccomp, {instancePath:instancePath+"/seccomp",parentData:data,parentDataProperty:"seccomp",rootData}))){
vErrors = vErrors === null ? validate13.errors : vErrors.concat(validate13.errors);
errors = vErrors.length;
}
}
if(data.apparmor !== undefined){
let data11 = data.apparmor;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(data11.enabled !== undefined){
if(typeof data11.enabled !== "boolean"){
const err10 = {instancePath:instancePath+"/apparmor/enabled",schemaPath:"#/definitions/FeatureSwitch/properties/enabled/type",keyword:"type",params:{type: "boolean"}};
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
const err11 = {instancePath:instancePath+"/apparmor",schemaPath:"#/definitions/FeatureSwitch/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.selinux !== undefined){
let data13 = data.selinux;
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.enabled !== undefined){
if(typeof data13.enabled !== "boolean"){
const err12 = {instancePath:instancePath+"/selinux/enabled",schemaPath:"#/definitions/FeatureSwitch/properties/enabled/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath:instancePath+"/selinux",schemaPath:"#/definitions/FeatureSwitch/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data.intelRdt !== undefined){
let data15 = data.intelRdt;
if(data15 && typeof data15 == "object" && !Array.isArray(data15)){
if(data15.enabled !== undefined){
if(typeof data15.enabled !== "boolean"){
const err14 = {instancePath:instancePath+"/intelRdt/enabled",schemaPath:"#/definitions/IntelRdtFeatures/properties/enabled/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data15.schemata !== undefined){
if(typeof data15.schemata !== "boolean"){
const err15 = {instancePath:instancePath+"/intelRdt/schemata",schemaPath:"#/definitions/IntelRdtFeatures/properties/schemata/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data15.monitoring !== undefined){
if(typeof data15.monitoring !== "boolean"){
const err16 = {instancePath:instancePath+"/intelRdt/monitoring",schemaPath:"#/definitions/IntelRdtFeatures/properties/monitoring/type",keyword:"type",params:{type: "boolean"}};
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
const err17 = {instancePath:instancePath+"/intelRdt",schemaPath:"#/definitions/IntelRdtFeatures/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data.memoryPolicy !== undefined){
if(!(validate15(data.memoryPolicy, {instancePath:instancePath+"/memoryPolicy",parentData:data,parentDataProperty:"memoryPolicy",rootData}))){
vErrors = vErrors === null ? validate15.errors : vErrors.concat(validate15.errors);
errors = vErrors.length;
}
}
if(data.mountExtensions !== undefined){
if(!(validate17(data.mountExtensions, {instancePath:instancePath+"/mountExtensions",parentData:data,parentDataProperty:"mountExtensions",rootData}))){
vErrors = vErrors === null ? validate17.errors : vErrors.concat(validate17.errors);
errors = vErrors.length;
}
}
if(data.netDevices !== undefined){
let data21 = data.netDevices;
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
if(data21.enabled !== undefined){
if(typeof data21.enabled !== "boolean"){
const err18 = {instancePath:instancePath+"/netDevices/enabled",schemaPath:"#/definitions/FeatureSwitch/properties/enabled/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/netDevices",schemaPath:"#/definitions/FeatureSwitch/type",keyword:"type",params:{type: "object"}};
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
validate12.errors = vErrors;
return errors === 0;
}


function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="features.schema.json" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.ociVersionMin === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "ociVersionMin"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.ociVersionMax === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "ociVersionMax"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.ociVersionMin !== undefined){
if(typeof data.ociVersionMin !== "string"){
const err2 = {instancePath:instancePath+"/ociVersionMin",schemaPath:"#/properties/ociVersionMin/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.ociVersionMax !== undefined){
if(typeof data.ociVersionMax !== "string"){
const err3 = {instancePath:instancePath+"/ociVersionMax",schemaPath:"#/properties/ociVersionMax/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.hooks !== undefined){
let data2 = data.hooks;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
if(typeof data2[i0] !== "string"){
const err4 = {instancePath:instancePath+"/hooks/" + i0,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err5 = {instancePath:instancePath+"/hooks",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.mountOptions !== undefined){
let data4 = data.mountOptions;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
if(typeof data4[i1] !== "string"){
const err6 = {instancePath:instancePath+"/mountOptions/" + i1,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err7 = {instancePath:instancePath+"/mountOptions",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.linux !== undefined){
if(!(validate12(data.linux, {instancePath:instancePath+"/linux",parentData:data,parentDataProperty:"linux",rootData}))){
vErrors = vErrors === null ? validate12.errors : vErrors.concat(validate12.errors);
errors = vErrors.length;
}
}
if(data.annotations !== undefined){
let data7 = data.annotations;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key0 in data7){
if(typeof data7[key0] !== "string"){
const err8 = {instancePath:instancePath+"/annotations/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"defs.schema.json#/definitions/StringMap/additionalProperties/type",keyword:"type",params:{type: "string"}};
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
const err9 = {instancePath:instancePath+"/annotations",schemaPath:"defs.schema.json#/definitions/StringMap/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.potentiallyUnsafeConfigAnnotations !== undefined){
let data9 = data.potentiallyUnsafeConfigAnnotations;
if(Array.isArray(data9)){
const len2 = data9.length;
for(let i2=0; i2<len2; i2++){
if(typeof data9[i2] !== "string"){
const err10 = {instancePath:instancePath+"/potentiallyUnsafeConfigAnnotations/" + i2,schemaPath:"defs.schema.json#/definitions/Strings/items/type",keyword:"type",params:{type: "string"}};
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
const err11 = {instancePath:instancePath+"/potentiallyUnsafeConfigAnnotations",schemaPath:"defs.schema.json#/definitions/Strings/type",keyword:"type",params:{type: "array"}};
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
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

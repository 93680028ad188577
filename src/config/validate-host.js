// Generated from spec/*.schema.json by scripts/generate-config.ts: do not edit.
/* eslint-disable */
"use strict";
export const validate = validate10;
export default validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","$id":"host.schema.json","title":"ToldFacts","type":"object","required":["architecture","kernel","effectiveUid","effectiveGid","initialUserNamespace","capabilities","lastCapability","limits","cgroupMode","hierarchies"],"properties":{"architecture":{"$ref":"#/definitions/HostArchitecture"},"kernel":{"$ref":"#/definitions/KernelVersion"},"effectiveUid":{"$ref":"defs.schema.json#/definitions/Uint32"},"effectiveGid":{"$ref":"defs.schema.json#/definitions/Uint32"},"initialUserNamespace":{"type":"boolean"},"capabilities":{"type":"array","items":{"type":"string"}},"lastCapability":{"type":"integer","minimum":0,"maximum":63},"limits":{"type":"object","additionalProperties":{"$ref":"#/definitions/HostLimit"}},"cgroupMode":{"$ref":"#/definitions/HostCgroupMode"},"hierarchies":{"type":"array","items":{"$ref":"#/definitions/HostHierarchy"}},"apparmor":{"type":"boolean"},"selinux":{"type":"boolean"},"sources":{"type":"object","additionalProperties":{"$ref":"#/definitions/SourceKind"}},"links":{"type":"object","additionalProperties":{"type":"string"}}},"definitions":{"HostArchitecture":{"type":"string","enum":["x86_64","aarch64"]},"HostCgroupMode":{"type":"string","enum":["none","v1","hybrid","v2"]},"SourceKind":{"type":"string","enum":["directory","file","missing"]},"KernelVersion":{"type":"object","required":["major","minor"],"properties":{"major":{"type":"integer","minimum":0,"maximum":1000},"minor":{"type":"integer","minimum":0,"maximum":1000}}},"HostLimit":{"type":"object","required":["soft","hard"],"properties":{"soft":{"type":"integer","minimum":-1},"hard":{"type":"integer","minimum":-1}}},"HostHierarchy":{"type":"object","required":["version","mountpoint","controllers"],"properties":{"version":{"type":"integer","minimum":1,"maximum":2},"mountpoint":{"type":"string"},"controllers":{"type":"array","items":{"type":"string"}}}}}};
const schema12 = {"type":"string","enum":["x86_64","aarch64"]};
const schema13 = {"type":"object","required":["major","minor"],"properties":{"major":{"type":"integer","minimum":0,"maximum":1000},"minor":{"type":"integer","minimum":0,"maximum":1000}}};
const schema15 = {"type":"integer","minimum":0,"maximum":4294967295};
const schema17 = {"type":"object","required":["soft","hard"],"properties":{"soft":{"type":"integer","minimum":-1},"hard":{"type":"integer","minimum":-1}}};
const schema18 = {"type":"string","enum":["none","v1","hybrid","v2"]};
const schema19 = {"type":"object","required":["version","mountpoint","controllers"],"properties":{"version":{"type":"integer","minimum":1,"maximum":2},"mountpoint":{"type":"string"},"controllers":{"type":"array","items":{"type":"string"}}}};
const schema20 = {"type":"string","enum":["directory","file","missing"]};

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="host.schema.json" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.architecture === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "architecture"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kernel === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kernel"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.effectiveUid === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "effectiveUid"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.effectiveGid === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "effectiveGid"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data.initialUserNamespace === undefined){
const err4 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "initialUserNamespace"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data.capabilities === undefined){
const err5 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "capabilities"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data.lastCapability === undefined){
const err6 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "lastCapability"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data.limits === undefined){
const err7 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "limits"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data.cgroupMode === undefined){
const err8 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "cgroupMode"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data.hierarchies === undefined){
const err9 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "hierarchies"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data.architecture !== undefined){
let data0 = data.architecture;
if(typeof data0 !== "string"){
const err10 = {instancePath:instancePath+"/architecture",schemaPath:"#/definitions/HostArchitecture/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!((data0 === "x86_64") || (data0 === "aarch64"))){
const err11 = {instancePath:instancePath+"/architecture",schemaPath:"#/definitions/HostArchitecture/enum",keyword:"enum",params:{allowedValues: schema12.enum}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.kernel !== undefined){
let data1 = data.kernel;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(data1.major === undefined){
const err12 = {instancePath:instancePath+"/kernel",schemaPath:"#/definitions/KernelVersion/required",keyword:"required",params:{missingProperty: "major"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data1.minor === undefined){
const err13 = {instancePath:instancePath+"/kernel",schemaPath:"#/definitions/KernelVersion/required",keyword:"required",params:{missingProperty: "minor"}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data1.major !== undefined){
let data2 = data1.major;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err14 = {instancePath:instancePath+"/kernel/major",schemaPath:"#/definitions/KernelVersion/properties/major/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 1000 || isNaN(data2)){
const err15 = {instancePath:instancePath+"/kernel/major",schemaPath:"#/definitions/KernelVersion/properties/major/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err16 = {instancePath:instancePath+"/kernel/major",schemaPath:"#/definitions/KernelVersion/properties/major/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
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
if(data1.minor !== undefined){
let data3 = data1.minor;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err17 = {instancePath:instancePath+"/kernel/minor",schemaPath:"#/definitions/KernelVersion/properties/minor/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 1000 || isNaN(data3)){
const err18 = {instancePath:instancePath+"/kernel/minor",schemaPath:"#/definitions/KernelVersion/properties/minor/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data3 < 0 || isNaN(data3)){
const err19 = {instancePath:instancePath+"/kernel/minor",schemaPath:"#/definitions/KernelVersion/properties/minor/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
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
const err20 = {instancePath:instancePath+"/kernel",schemaPath:"#/definitions/KernelVersion/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.effectiveUid !== undefined){
let data4 = data.effectiveUid;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err21 = {instancePath:instancePath+"/effectiveUid",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 4294967295 || isNaN(data4)){
const err22 = {instancePath:instancePath+"/effectiveUid",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data4 < 0 || isNaN(data4)){
const err23 = {instancePath:instancePath+"/effectiveUid",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
if(data.effectiveGid !== undefined){
let data5 = data.effectiveGid;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err24 = {instancePath:instancePath+"/effectiveGid",schemaPath:"defs.schema.json#/definitions/Uint32/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 4294967295 || isNaN(data5)){
const err25 = {instancePath:instancePath+"/effectiveGid",schemaPath:"defs.schema.json#/definitions/Uint32/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err26 = {instancePath:instancePath+"/effectiveGid",schemaPath:"defs.schema.json#/definitions/Uint32/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
}
if(data.initialUserNamespace !== undefined){
if(typeof data.initialUserNamespace !== "boolean"){
const err27 = {instancePath:instancePath+"/initialUserNamespace",schemaPath:"#/properties/initialUserNamespace/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.capabilities !== undefined){
let data7 = data.capabilities;
if(Array.isArray(data7)){
const len0 = data7.length;
for(let i0=0; i0<len0; i0++){
if(typeof data7[i0] !== "string"){
const err28 = {instancePath:instancePath+"/capabilities/" + i0,schemaPath:"#/properties/capabilities/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
}
else {
const err29 = {instancePath:instancePath+"/capabilities",schemaPath:"#/properties/capabilities/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data.lastCapability !== undefined){
let data9 = data.lastCapability;
if(!(((typeof data9 == "number") && (!(data9 % 1) && !isNaN(data9))) && (isFinite(data9)))){
const err30 = {instancePath:instancePath+"/lastCapability",schemaPath:"#/properties/lastCapability/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if((typeof data9 == "number") && (isFinite(data9))){
if(data9 > 63 || isNaN(data9)){
const err31 = {instancePath:instancePath+"/lastCapability",schemaPath:"#/properties/lastCapability/maximum",keyword:"maximum",params:{comparison: "<=", limit: 63}};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if(data9 < 0 || isNaN(data9)){
const err32 = {instancePath:instancePath+"/lastCapability",schemaPath:"#/properties/lastCapability/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
if(data.limits !== undefined){
let data10 = data.limits;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key0 in data10){
let data11 = data10[key0];
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(data11.soft === undefined){
const err33 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/HostLimit/required",keyword:"required",params:{missingProperty: "soft"}};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
if(data11.hard === undefined){
const err34 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/HostLimit/required",keyword:"required",params:{missingProperty: "hard"}};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
if(data11.soft !== undefined){
let data12 = data11.soft;
if(!(((typeof data12 == "number") && (!(data12 % 1) && !isNaN(data12))) && (isFinite(data12)))){
const err35 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/soft",schemaPath:"#/definitions/HostLimit/properties/soft/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if((typeof data12 == "number") && (isFinite(data12))){
if(data12 < -1 || isNaN(data12)){
const err36 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/soft",schemaPath:"#/definitions/HostLimit/properties/soft/minimum",keyword:"minimum",params:{comparison: ">=", limit: -1}};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
}
if(data11.hard !== undefined){
let data13 = data11.hard;
if(!(((typeof data13 == "number") && (!(data13 % 1) && !isNaN(data13))) && (isFinite(data13)))){
const err37 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/hard",schemaPath:"#/definitions/HostLimit/properties/hard/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if((typeof data13 == "number") && (isFinite(data13))){
if(data13 < -1 || isNaN(data13)){
const err38 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/hard",schemaPath:"#/definitions/HostLimit/properties/hard/minimum",keyword:"minimum",params:{comparison: ">=", limit: -1}};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
}
}
else {
const err39 = {instancePath:instancePath+"/limits/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/HostLimit/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
}
else {
const err40 = {instancePath:instancePath+"/limits",schemaPath:"#/properties/limits/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
if(data.cgroupMode !== undefined){
let data14 = data.cgroupMode;
if(typeof data14 !== "string"){
const err41 = {instancePath:instancePath+"/cgroupMode",schemaPath:"#/definitions/HostCgroupMode/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
if(!((((data14 === "none") || (data14 === "v1")) || (data14 === "hybrid")) || (data14 === "v2"))){
const err42 = {instancePath:instancePath+"/cgroupMode",schemaPath:"#/definitions/HostCgroupMode/enum",keyword:"enum",params:{allowedValues: schema18.enum}};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
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
const err43 = {instancePath:instancePath+"/hierarchies/" + i1,schemaPath:"#/definitions/HostHierarchy/required",keyword:"required",params:{missingProperty: "version"}};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
if(data16.mountpoint === undefined){
const err44 = {instancePath:instancePath+"/hierarchies/" + i1,schemaPath:"#/definitions/HostHierarchy/required",keyword:"required",params:{missingProperty: "mountpoint"}};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
if(data16.controllers === undefined){
const err45 = {instancePath:instancePath+"/hierarchies/" + i1,schemaPath:"#/definitions/HostHierarchy/required",keyword:"required",params:{missingProperty: "controllers"}};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
if(data16.version !== undefined){
let data17 = data16.version;
if(!(((typeof data17 == "number") && (!(data17 % 1) && !isNaN(data17))) && (isFinite(data17)))){
const err46 = {instancePath:instancePath+"/hierarchies/" + i1+"/version",schemaPath:"#/definitions/HostHierarchy/properties/version/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
if((typeof data17 == "number") && (isFinite(data17))){
if(data17 > 2 || isNaN(data17)){
const err47 = {instancePath:instancePath+"/hierarchies/" + i1+"/version",schemaPath:"#/definitions/HostHierarchy/properties/version/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2}};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(data17 < 1 || isNaN(data17)){
const err48 = {instancePath:instancePath+"/hierarchies/" + i1+"/version",schemaPath:"#/definitions/HostHierarchy/properties/version/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
}
if(data16.mountpoint !== undefined){
if(typeof data16.mountpoint !== "string"){
const err49 = {instancePath:instancePath+"/hierarchies/" + i1+"/mountpoint",schemaPath:"#/definitions/HostHierarchy/properties/mountpoint/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data16.controllers !== undefined){
let data19 = data16.controllers;
if(Array.isArray(data19)){
const len2 = data19.length;
for(let i2=0; i2<len2; i2++){
if(typeof data19[i2] !== "string"){
const err50 = {instancePath:instancePath+"/hierarchies/" + i1+"/controllers/" + i2,schemaPath:"#/definitions/HostHierarchy/properties/controllers/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
}
else {
const err51 = {instancePath:instancePath+"/hierarchies/" + i1+"/controllers",schemaPath:"#/definitions/HostHierarchy/properties/controllers/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
}
else {
const err52 = {instancePath:instancePath+"/hierarchies/" + i1,schemaPath:"#/definitions/HostHierarchy/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
}
else {
const err53 = {instancePath:instancePath+"/hierarchies",schemaPath:"#/properties/hierarchies/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data.apparmor !== undefined){
if(typeof data.apparmor !== "boolean"){
const err54 = {instancePath:instancePath+"/apparmor",schemaPath:"#/properties/apparmor/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data.selinux !== undefined){
if(typeof data.selinux !== "boolean"){
const err55 = {instancePath:instancePath+"/selinux",schemaPath:"#/properties/selinux/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
if(data.sources !== undefined){
let data23 = data.sources;
if(data23 && typeof data23 == "object" && !Array.isArray(data23)){
for(const key1 in data23){
let data24 = data23[key1];
if(typeof data24 !== "string"){
const err56 = {instancePath:instancePath+"/sources/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/SourceKind/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
if(!(((data24 === "directory") || (data24 === "file")) || (data24 === "missing"))){
const err57 = {instancePath:instancePath+"/sources/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/SourceKind/enum",keyword:"enum",params:{allowedValues: schema20.enum}};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
}
else {
const err58 = {instancePath:instancePath+"/sources",schemaPath:"#/properties/sources/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
if(data.links !== undefined){
let data25 = data.links;
if(data25 && typeof data25 == "object" && !Array.isArray(data25)){
for(const key2 in data25){
if(typeof data25[key2] !== "string"){
const err59 = {instancePath:instancePath+"/links/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/links/additionalProperties/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
}
else {
const err60 = {instancePath:instancePath+"/links",schemaPath:"#/properties/links/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
}
else {
const err61 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

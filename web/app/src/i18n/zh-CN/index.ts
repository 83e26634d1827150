import apply from './apply';
import core from './core';
import licence from './licence';
import verify from './verify';

/** 简体中文. Its shape is the contract for every other language: a missing key there does not compile. */
const zh = { ...core, ...licence, ...apply, ...verify };

export type Messages = typeof zh;
export default zh;

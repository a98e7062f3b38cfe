package dev.apikeys.verify.planted;

/** Breaks: nobody extends a public class. */
public class LeavesOpen {}

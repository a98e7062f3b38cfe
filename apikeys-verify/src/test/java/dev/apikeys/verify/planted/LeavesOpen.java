package dev.apikeys.verify.planted;

/** Breaks: public classes are final. */
public class LeavesOpen {}

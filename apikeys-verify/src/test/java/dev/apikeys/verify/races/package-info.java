/** Races of the security kind: sides that are let go at once until each way it can go was seen, on one node and on two. */
package dev.apikeys.verify.races;

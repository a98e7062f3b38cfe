/**
 * Classes that break the house rules, each in the way its comment says: a rule that does not see them is a defect. The
 * packages mirror those of the library.
 */
package dev.apikeys.verify.planted;

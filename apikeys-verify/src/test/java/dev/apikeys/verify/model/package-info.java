/** What explores the schedules of small concurrent programs. */
@NullMarked
package dev.apikeys.verify.model;

import org.jspecify.annotations.NullMarked;

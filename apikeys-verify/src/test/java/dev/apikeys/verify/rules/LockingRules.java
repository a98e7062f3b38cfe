package dev.apikeys.verify.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.lang.ArchRule;
import dev.apikeys.verify.planted.AsksExecutors;
import dev.apikeys.verify.planted.BuildsHashtable;
import dev.apikeys.verify.planted.BuildsLoadingCache;
import dev.apikeys.verify.planted.BuildsPipe;
import dev.apikeys.verify.planted.BuildsStringWriter;
import dev.apikeys.verify.planted.BuildsVector;
import dev.apikeys.verify.planted.CatchesHalf;
import dev.apikeys.verify.planted.ComparesBehindInterface;
import dev.apikeys.verify.planted.ComparesUnderBin;
import dev.apikeys.verify.planted.ComputesUnderBin;
import dev.apikeys.verify.planted.GoesParallel;
import dev.apikeys.verify.planted.HasSynchronizedBlock;
import dev.apikeys.verify.planted.HasSynchronizedMethod;
import dev.apikeys.verify.planted.HashesUnderBin;
import dev.apikeys.verify.planted.HoldsRawMap;
import dev.apikeys.verify.planted.HoldsThreadLocal;
import dev.apikeys.verify.planted.InitialisesItsSubclass;
import dev.apikeys.verify.planted.InitialisesThroughConstructor;
import dev.apikeys.verify.planted.InitialisesThroughMethod;
import dev.apikeys.verify.planted.InitialisesWhatExtendsIt;
import dev.apikeys.verify.planted.JoinsThread;
import dev.apikeys.verify.planted.KeepsStateBehindInterface;
import dev.apikeys.verify.planted.KeepsStateInside;
import dev.apikeys.verify.planted.KeepsStaticArray;
import dev.apikeys.verify.planted.KeepsStaticCounter;
import dev.apikeys.verify.planted.KeepsStaticMap;
import dev.apikeys.verify.planted.LoadsInCaffeine;
import dev.apikeys.verify.planted.MakesThread;
import dev.apikeys.verify.planted.MergesByReference;
import dev.apikeys.verify.planted.OwnsLatch;
import dev.apikeys.verify.planted.OwnsLock;
import dev.apikeys.verify.planted.Parks;
import dev.apikeys.verify.planted.PollsAsLongAsItIsTold;
import dev.apikeys.verify.planted.ReadsClock;
import dev.apikeys.verify.planted.ReadsClockByReference;
import dev.apikeys.verify.planted.ReadsTicker;
import dev.apikeys.verify.planted.RecyclesBuffers;
import dev.apikeys.verify.planted.RefreshesInCaffeine;
import dev.apikeys.verify.planted.SchedulesLambda;
import dev.apikeys.verify.planted.SchedulesParameter;
import dev.apikeys.verify.planted.SchedulesResult;
import dev.apikeys.verify.planted.SchedulesThrower;
import dev.apikeys.verify.planted.Sleeps;
import dev.apikeys.verify.planted.Spins;
import dev.apikeys.verify.planted.SynchronizesCollection;
import dev.apikeys.verify.planted.TakesDefaultThreads;
import dev.apikeys.verify.planted.TakesSystemClock;
import dev.apikeys.verify.planted.ThrowsAgain;
import dev.apikeys.verify.planted.UsesUnlistedQueue;
import dev.apikeys.verify.planted.WaitsAsLongAsItIsTold;
import dev.apikeys.verify.planted.WaitsForAll;
import dev.apikeys.verify.planted.WaitsForMonitor;
import dev.apikeys.verify.planted.WaitsWithoutBound;
import java.io.ByteArrayOutputStream;
import java.io.CharArrayWriter;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Hashtable;
import java.util.List;
import java.util.Set;
import java.util.Vector;
import java.util.concurrent.Executors;

/** No locks, no foreign code under a map bin, bounded waits, no static state, one source of time. */
final class LockingRules {

    /** Classes of the JDK of which every method locks. */
    private static final Set<Class<?>> LOCKING = Set.of(
            Hashtable.class,
            Vector.class,
            StringBuffer.class,
            StringWriter.class,
            CharArrayWriter.class,
            ByteArrayOutputStream.class,
            PipedInputStream.class,
            PipedOutputStream.class,
            PipedReader.class,
            PipedWriter.class);

    private LockingRules() {}

    static List<HouseRule> all() {
        return List.of(
                HouseRule.of(
                        "L1 nothing is synchronized",
                        root -> classes().should(new NotSynchronize()),
                        HasSynchronizedMethod.class,
                        HasSynchronizedBlock.class),
                HouseRule.of(
                        "L1 no locks and no semaphores",
                        root -> noLocks(),
                        OwnsLock.class,
                        OwnsLatch.class,
                        Parks.class),
                HouseRule.of(
                        "L1 no wait and no notify",
                        root -> noUse(Uses.of("java.lang.Object", "wait", "notify", "notifyAll")
                                .or(Uses.of("java.util.concurrent.TimeUnit", "timedWait"))),
                        WaitsForMonitor.class),
                HouseRule.of(
                        "L1 nothing of the JDK's that is synchronized",
                        root -> nothingSynchronized(),
                        SynchronizesCollection.class,
                        BuildsHashtable.class,
                        BuildsVector.class,
                        BuildsStringWriter.class,
                        BuildsPipe.class),
                HouseRule.of(
                        "L1 nobody spins",
                        root -> noUse(Uses.of("java.lang.Thread", "onSpinWait", "yield")),
                        Spins.class),
                HouseRule.of("L1 only the retry of jdbc sleeps", LockingRules::noSleep, Sleeps.class),
                HouseRule.of(
                        "L2 what locks inside is in docs/locking.md",
                        root -> classes().should(new StandInTheTable(Path.of("..", "docs", "locking.md"))),
                        UsesUnlistedQueue.class),
                HouseRule.of(
                        "L3 no function runs inside a map",
                        root -> noUse(Uses.of(
                                "java.util.Map",
                                "compute",
                                "computeIfAbsent",
                                "computeIfPresent",
                                "merge",
                                "replaceAll")),
                        ComputesUnderBin.class,
                        MergesByReference.class),
                HouseRule.of(
                        "L3 Caffeine gets no loader and no listener",
                        root -> noUse(Uses.of("com.github.benmanes.caffeine.cache.Cache", "get", "getAll")
                                .or(Uses.of(
                                        "com.github.benmanes.caffeine.cache.Caffeine",
                                        "removalListener",
                                        "evictionListener",
                                        "refreshAfterWrite",
                                        "buildAsync",
                                        "weigher",
                                        "expireAfter"))
                                .or(Uses.withArguments("com.github.benmanes.caffeine.cache.Caffeine", "build"))),
                        LoadsInCaffeine.class,
                        BuildsLoadingCache.class,
                        RefreshesInCaffeine.class),
                HouseRule.of(
                        "L3 shared maps hold strings and objects of identity",
                        root -> classes().should(new HaveIdentityInSharedMaps()),
                        ComparesUnderBin.class,
                        HashesUnderBin.class,
                        ComparesBehindInterface.class,
                        HoldsRawMap.class),
                HouseRule.of(
                        "L7 every wait has a bound",
                        root -> noUse(unboundedWait()),
                        WaitsWithoutBound.class,
                        WaitsForAll.class,
                        JoinsThread.class,
                        GoesParallel.class),
                HouseRule.of(
                        "L7 only three methods wait, with a bound",
                        LockingRules::noOtherWait,
                        WaitsAsLongAsItIsTold.class,
                        PollsAsLongAsItIsTold.class),
                HouseRule.of(
                        "L8 no thread locals",
                        root -> noClasses().should().dependOnClassesThat().areAssignableTo(ThreadLocal.class),
                        HoldsThreadLocal.class),
                HouseRule.of(
                        "L8 static fields are final",
                        root -> fields().that().areStatic().should().beFinal().allowEmptyShould(true),
                        KeepsStaticCounter.class),
                HouseRule.of(
                        "L8 static fields hold no state",
                        root -> classes().should(new HoldNoState()),
                        KeepsStaticMap.class,
                        KeepsStateBehindInterface.class,
                        KeepsStaticArray.class,
                        KeepsStateInside.class),
                HouseRule.of(
                        "L8 Jackson keeps no buffers for threads",
                        root -> classes()
                                .that(LockingRules.makeParsers())
                                .should()
                                .accessTargetWhere(Uses.of(
                                        "com.fasterxml.jackson.core.util.JsonRecyclerPools", "nonRecyclingPool"))
                                .allowEmptyShould(true),
                        RecyclesBuffers.class),
                HouseRule.of(
                        "L9 classes do not initialise each other in a circle",
                        root -> classes().should(new InitialiseInNoCircle()),
                        InitialisesItsSubclass.class,
                        InitialisesItsSubclass.Nested.class,
                        InitialisesThroughMethod.class,
                        InitialisesThroughMethod.Registry.class,
                        InitialisesThroughConstructor.class,
                        InitialisesThroughConstructor.Defaults.class,
                        InitialisesWhatExtendsIt.class,
                        InitialisesWhatExtendsIt.Named.class),
                HouseRule.of(
                        "L10 what a scheduler runs catches everything",
                        root -> classes().should(new CatchAllThatIsScheduled(root)),
                        SchedulesThrower.class,
                        CatchesHalf.class,
                        ThrowsAgain.class,
                        SchedulesLambda.class,
                        SchedulesResult.class,
                        SchedulesParameter.class),
                HouseRule.of(
                        "L11 threads are made in one place",
                        LockingRules::noThreads,
                        MakesThread.class,
                        TakesDefaultThreads.class,
                        AsksExecutors.class),
                HouseRule.of(
                        "time comes from the clock the host gave",
                        LockingRules::noWallClock,
                        ReadsClock.class,
                        ReadsClockByReference.class),
                HouseRule.of(
                        "only builders take the system clock", LockingRules::noSystemClock, TakesSystemClock.class),
                HouseRule.of("the ticker is passed, not called", LockingRules::noNanoTime, ReadsTicker.class));
    }

    private static ArchRule noUse(DescribedPredicate<JavaAccess<?>> use) {
        return noClasses().should().accessTargetWhere(use);
    }

    private static ArchRule noLocks() {
        return noClasses()
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("java.util.concurrent.locks..")
                        .or(DescribedPredicate.describe(
                                "hold threads back",
                                type -> List.of("Semaphore", "CountDownLatch", "CyclicBarrier", "Phaser", "Exchanger")
                                                .contains(type.getSimpleName())
                                        && type.getPackageName().equals("java.util.concurrent"))));
    }

    private static ArchRule nothingSynchronized() {
        DescribedPredicate<JavaAccess<?>> wraps = DescribedPredicate.describe(
                "a synchronized view",
                access -> access.getTargetOwner().isEquivalentTo(Collections.class)
                        && access.getName().startsWith("synchronized"));
        DescribedPredicate<JavaAccess<?>> builds = DescribedPredicate.describe(
                "a synchronized class",
                access -> access.getName().equals("<init>")
                        && LOCKING.stream().anyMatch(access.getTargetOwner()::isAssignableTo));
        return noUse(wraps.or(builds));
    }

    private static DescribedPredicate<JavaClass> makeParsers() {
        return DescribedPredicate.describe(
                "make parsers",
                type -> type.getAccessesFromSelf().stream()
                        .anyMatch(access -> access.getName().equals("<init>")
                                && access.getTargetOwner()
                                        .getName()
                                        .matches(".*\\.(Json|Mapping)Factory(Builder)?|.*Mapper")));
    }

    private static DescribedPredicate<JavaAccess<?>> unboundedWait() {
        return Uses.withoutArguments("java.util.concurrent.Future", "get")
                .or(Uses.withoutArguments("java.util.concurrent.CompletableFuture", "get", "join"))
                .or(Uses.of("java.lang.Thread", "join"))
                .or(Uses.of("java.util.Collection", "parallelStream"))
                .or(Uses.of("java.util.stream.BaseStream", "parallel"))
                .or(Uses.of("java.util.stream.StreamSupport", "stream"))
                .or(Uses.of("java.util.Arrays", "parallelPrefix", "parallelSetAll", "parallelSort"))
                .or(Uses.withoutArguments("java.util.concurrent.BlockingQueue", "take"))
                .or(Uses.of("java.util.concurrent.BlockingQueue", "put"))
                .or(Uses.of("java.util.concurrent.BlockingDeque", "takeFirst", "takeLast", "putFirst", "putLast"))
                .or(Uses.of("java.util.concurrent.TransferQueue", "transfer"))
                .or(Uses.of("java.util.concurrent.ExecutorService", "invokeAll", "invokeAny", "close"))
                .or(Uses.of("java.util.concurrent.CompletionService", "take"))
                .or(Uses.of("java.util.concurrent.ForkJoinTask", "join", "invoke", "invokeAll"))
                .or(Uses.of("java.util.concurrent.ForkJoinPool", "invoke", "awaitQuiescence"))
                .or(Uses.of("java.lang.Process", "waitFor"));
    }

    /** Each is told how long: the timeout of the operation, or a bound of close, which are rows of the document. */
    private static ArchRule noOtherWait(String root) {
        Set<String> listed = Set.of("Gate.bounded", "Patience.get", "Patience.outlasts");
        DescribedPredicate<JavaAccess<?>> unlisted = DescribedPredicate.describe(
                "not listed",
                access -> listed.stream()
                        .noneMatch(each -> access.getOrigin().getFullName().startsWith(root + "." + each + "(")));
        return noUse(Uses.withArguments("java.util.concurrent.Future", "get")
                .or(Uses.of("java.util.concurrent.ExecutorService", "awaitTermination"))
                .or(Uses.withArguments("java.util.concurrent.BlockingQueue", "poll"))
                .or(Uses.of("java.util.concurrent.BlockingDeque", "pollFirst", "pollLast"))
                .or(Uses.withArguments("java.util.concurrent.CompletionService", "poll"))
                .and(unlisted));
    }

    /** A thread made elsewhere inherits from its maker, who may be any caller, and a pool without a factory makes such. */
    private static ArchRule noThreads(String root) {
        DescribedPredicate<JavaAccess<?>> defaults = DescribedPredicate.describe(
                "a pool without a factory",
                access -> access.getName().equals("<init>")
                        && access.getTargetOwner().isAssignableTo("java.util.concurrent.ThreadPoolExecutor")
                        && access.getTargetOwner().getPackageName().equals("java.util.concurrent")
                        && !access.getTarget().getFullName().contains("ThreadFactory"));
        return noClasses()
                .that()
                .doNotHaveFullyQualifiedName(root + ".DaemonThreads")
                .should()
                .accessTargetWhere(Uses.of(
                                "java.lang.Thread", "<init>", "startVirtualThread", "ofPlatform", "ofVirtual")
                        .or(Uses.of("java.util.Timer", "<init>"))
                        .or(DescribedPredicate.describe(
                                "executors of the JDK's making",
                                access -> access.getTargetOwner().isEquivalentTo(Executors.class)))
                        .or(defaults));
    }

    private static ArchRule noWallClock(String root) {
        return noClasses()
                .should()
                .accessTargetWhere(Uses.of("java.lang.System", "currentTimeMillis")
                        .or(Uses.withoutArguments("java.time.Instant", "now"))
                        .or(Uses.of("java.time.LocalDate", "now"))
                        .or(Uses.of("java.time.LocalDateTime", "now"))
                        .or(Uses.of("java.time.OffsetDateTime", "now"))
                        .or(Uses.of("java.time.ZonedDateTime", "now"))
                        .or(Uses.withoutArguments("java.util.Date", "<init>")));
    }

    private static ArchRule noSystemClock(String root) {
        DescribedPredicate<JavaAccess<?>> allowed = DescribedPredicate.describe(
                "in a builder or in KeyId.random",
                access -> access.getOriginOwner().getSimpleName().endsWith("Builder")
                        || access.getOrigin().getFullName().equals(root + ".KeyId.random()"));
        return noUse(Uses.of("java.time.Clock", "systemUTC", "systemDefaultZone", "system", "tickMillis", "tickSeconds")
                .or(Uses.of("java.time.InstantSource", "system"))
                .and(DescribedPredicate.not(allowed)));
    }

    /** Between two attempts at a transaction: bounded by the deadline of the operation, and nothing else to wait on. */
    private static ArchRule noSleep(String root) {
        return noClasses()
                .that()
                .doNotHaveFullyQualifiedName(root + ".jdbc.Connections")
                .should()
                .accessTargetWhere(
                        Uses.of("java.lang.Thread", "sleep").or(Uses.of("java.util.concurrent.TimeUnit", "sleep")));
    }

    /** A store over JDBC counts the time of one call down and shows it to nobody: drivers know no other clock. */
    private static ArchRule noNanoTime(String root) {
        DescribedPredicate<JavaAccess<?>> call =
                DescribedPredicate.describe("called", access -> access instanceof JavaMethodCall);
        return noClasses()
                .that()
                .resideOutsideOfPackage(root + ".jdbc")
                .should()
                .accessTargetWhere(Uses.of("java.lang.System", "nanoTime").and(call));
    }
}

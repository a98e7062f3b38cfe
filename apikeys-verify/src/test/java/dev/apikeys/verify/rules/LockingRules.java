package dev.apikeys.verify.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.lang.ArchRule;
import dev.apikeys.verify.planted.AsksExecutors;
import dev.apikeys.verify.planted.BuildsHashtable;
import dev.apikeys.verify.planted.BuildsLoadingCache;
import dev.apikeys.verify.planted.BuildsPipe;
import dev.apikeys.verify.planted.BuildsStringWriter;
import dev.apikeys.verify.planted.BuildsVector;
import dev.apikeys.verify.planted.BuildsWhatLocks;
import dev.apikeys.verify.planted.CatchesHalf;
import dev.apikeys.verify.planted.ChangesUnderBin;
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
import dev.apikeys.verify.planted.LocksFile;
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
import dev.apikeys.verify.planted.RunsInCommonPool;
import dev.apikeys.verify.planted.SchedulesLambda;
import dev.apikeys.verify.planted.SchedulesParameter;
import dev.apikeys.verify.planted.SchedulesResult;
import dev.apikeys.verify.planted.SchedulesThrower;
import dev.apikeys.verify.planted.SearchesMapInParallel;
import dev.apikeys.verify.planted.Sleeps;
import dev.apikeys.verify.planted.Spins;
import dev.apikeys.verify.planted.StartsThreadUnseen;
import dev.apikeys.verify.planted.SynchronizesCollection;
import dev.apikeys.verify.planted.TakesDefaultThreads;
import dev.apikeys.verify.planted.TakesSystemClock;
import dev.apikeys.verify.planted.ThrowsAgain;
import dev.apikeys.verify.planted.UsesUnlistedQueue;
import dev.apikeys.verify.planted.WaitsAsLongAsItIsTold;
import dev.apikeys.verify.planted.WaitsForAll;
import dev.apikeys.verify.planted.WaitsForMonitor;
import dev.apikeys.verify.planted.WaitsForever;
import dev.apikeys.verify.planted.WaitsInOtherWays;
import dev.apikeys.verify.planted.WaitsWithoutBound;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** No locks, no foreign code under a map bin, bounded waits, no static state, one source of time. */
final class LockingRules {

    /** What locks with nearly every method is not made; what the JDK makes, a resource's stream, is used. */
    private static final List<DescribedPredicate<JavaAccess<?>>> SYNCHRONIZED = Uses.list(
            List.of(
                    DescribedPredicate.describe(
                            "a synchronized view",
                            access -> access.getTargetOwner().isEquivalentTo(Collections.class)
                                    && access.getName().startsWith("synchronized")),
                    DescribedPredicate.describe(
                            "the JDK's logging",
                            access -> access.getTargetOwner().getPackageName().equals("java.util.logging"))),
            Uses.each("java.util.Hashtable", "<init>"),
            Uses.each("java.util.Vector", "<init>"),
            Uses.each("java.lang.StringBuffer", "<init>"),
            Uses.each("java.util.Random", "nextGaussian"),
            Uses.each("java.io.Reader", "<init>"),
            Uses.each("java.io.Writer", "<init>"),
            Uses.each("java.io.PrintStream", "<init>"),
            Uses.each("java.io.ByteArrayInputStream", "<init>"),
            Uses.each("java.io.ByteArrayOutputStream", "<init>"),
            Uses.each("java.io.BufferedInputStream", "<init>"),
            Uses.each("java.io.BufferedOutputStream", "<init>"),
            Uses.each("java.io.PipedInputStream", "<init>"),
            Uses.each("java.io.PipedOutputStream", "<init>"),
            Uses.each("java.util.zip.Inflater", "<init>"),
            Uses.each("java.util.zip.Deflater", "<init>"),
            Uses.each("java.util.zip.ZipFile", "<init>"));

    private static final List<DescribedPredicate<JavaAccess<?>>> FILE_LOCKS = Uses.list(
            Uses.each("java.nio.channels.FileChannel", "lock", "tryLock"),
            Uses.each("java.nio.channels.AsynchronousFileChannel", "lock", "tryLock"));

    /** Told from how many entries on to run in the common pool; without a bin, but inside the map. */
    private static final List<DescribedPredicate<JavaAccess<?>>> IN_BULK = List.of(DescribedPredicate.describe(
            "an operation on a whole map",
            access -> access.getName().matches("(forEach|search|reduce).*")
                    && access.getTargetOwner().isAssignableTo(ConcurrentHashMap.class)
                    && access.getTarget().getFullName().contains("(long, ")));

    private static final List<DescribedPredicate<JavaAccess<?>>> INSIDE_A_MAP = Uses.list(
            IN_BULK,
            Uses.each("java.util.Map", "compute", "computeIfAbsent", "computeIfPresent", "merge", "replaceAll"));

    private static final List<DescribedPredicate<JavaAccess<?>>> UNBOUNDED = Uses.list(
            Uses.eachWithoutArguments("java.util.concurrent.Future", "get"),
            Uses.each("java.util.concurrent.CompletableFuture", "join"),
            Uses.each("java.lang.Thread", "join"),
            Uses.each("java.util.concurrent.TimeUnit", "timedJoin"),
            Uses.each("java.lang.ref.ReferenceQueue", "remove"),
            IN_BULK,
            Uses.each("java.util.Collection", "parallelStream"),
            Uses.each("java.util.stream.BaseStream", "parallel"),
            Uses.each("java.util.stream.StreamSupport", "stream"),
            Uses.each("java.util.Arrays", "parallelPrefix", "parallelSetAll", "parallelSort"),
            Uses.each("java.util.concurrent.BlockingQueue", "take", "put"),
            Uses.each("java.util.concurrent.BlockingDeque", "takeFirst", "takeLast", "putFirst", "putLast"),
            Uses.each("java.util.concurrent.TransferQueue", "transfer"),
            Uses.each("java.util.concurrent.ExecutorService", "invokeAll", "invokeAny", "close"),
            Uses.each("java.util.concurrent.CompletionService", "take"),
            Uses.each("java.util.concurrent.ForkJoinTask", "join", "invoke", "invokeAll"),
            Uses.each("java.util.concurrent.ForkJoinPool", "invoke", "awaitQuiescence"),
            Uses.each("java.lang.Process", "waitFor"));

    /** Each is told how long. */
    private static final List<DescribedPredicate<JavaAccess<?>>> BOUNDED = Uses.list(
            Uses.eachTimed("java.util.concurrent.Future", "get"),
            Uses.eachTimed("java.util.concurrent.ExecutorService", "awaitTermination"),
            Uses.eachTimed("java.util.concurrent.BlockingQueue", "poll", "offer"),
            Uses.eachTimed("java.util.concurrent.BlockingDeque", "pollFirst", "pollLast", "offerFirst", "offerLast"),
            Uses.eachTimed("java.util.concurrent.TransferQueue", "tryTransfer"),
            Uses.eachTimed("java.util.concurrent.CompletionService", "poll"));

    /** A thread made elsewhere inherits from its maker, who may be any caller, and a pool without a factory makes such. */
    private static final List<DescribedPredicate<JavaAccess<?>>> MAKING_THREADS = Uses.list(
            Uses.each("java.lang.Thread", "<init>", "startVirtualThread", "ofPlatform", "ofVirtual"),
            Uses.each("java.util.Timer", "<init>"),
            Uses.each("java.lang.ref.Cleaner", "create"),
            Uses.each("java.nio.file.FileSystem", "newWatchService"),
            Uses.each("java.util.concurrent.ForkJoinPool", "<init>", "commonPool"),
            Uses.each("java.util.concurrent.ForkJoinTask", "fork"),
            Uses.each(
                    "java.util.concurrent.CompletableFuture",
                    "orTimeout",
                    "completeOnTimeout",
                    "delayedExecutor",
                    "defaultExecutor"),
            List.of(
                    DescribedPredicate.describe(
                            "a stage in a thread of its own",
                            access -> access.getName().endsWith("Async")
                                    && access.getTargetOwner().isAssignableTo(CompletionStage.class)),
                    DescribedPredicate.describe(
                            "executors of the JDK's making",
                            access -> access.getTargetOwner().isEquivalentTo(Executors.class)),
                    DescribedPredicate.describe(
                            "a pool without a factory",
                            access -> access.getName().equals("<init>")
                                    && access.getTargetOwner().isAssignableTo("java.util.concurrent.ThreadPoolExecutor")
                                    && access.getTargetOwner().getPackageName().equals("java.util.concurrent")
                                    && !access.getTarget().getFullName().contains("ThreadFactory"))));

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
                HouseRule.ofUses("L1 no file is locked", FILE_LOCKS, LocksFile.class),
                HouseRule.of(
                        "L1 no wait and no notify",
                        root -> noUse(Uses.of("java.lang.Object", "wait", "notify", "notifyAll")
                                .or(Uses.of("java.util.concurrent.TimeUnit", "timedWait"))),
                        WaitsForMonitor.class),
                HouseRule.ofUses(
                        "L1 nothing of the JDK's that is synchronized",
                        SYNCHRONIZED,
                        SynchronizesCollection.class,
                        BuildsHashtable.class,
                        BuildsVector.class,
                        BuildsStringWriter.class,
                        BuildsPipe.class,
                        BuildsWhatLocks.class),
                HouseRule.of(
                        "L1 nobody spins",
                        root -> noUse(Uses.of("java.lang.Thread", "onSpinWait", "yield")),
                        Spins.class),
                HouseRule.of("L1 only the retry of jdbc sleeps", LockingRules::noSleep, Sleeps.class),
                HouseRule.of(
                        "L2 what locks inside is in docs/locking.md",
                        root -> classes().should(new StandInTheTable(Path.of("..", "docs", "locking.md"))),
                        UsesUnlistedQueue.class),
                HouseRule.ofUses(
                        "L3 no function runs inside a map",
                        INSIDE_A_MAP,
                        ComputesUnderBin.class,
                        MergesByReference.class,
                        SearchesMapInParallel.class,
                        ChangesUnderBin.class),
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
                HouseRule.ofUses(
                        "L7 every wait has a bound",
                        UNBOUNDED,
                        WaitsWithoutBound.class,
                        WaitsForAll.class,
                        JoinsThread.class,
                        WaitsForever.class,
                        SearchesMapInParallel.class,
                        GoesParallel.class),
                HouseRule.ofUses(
                        "L7 only five methods wait, with a bound",
                        BOUNDED,
                        LockingRules::mayWait,
                        WaitsAsLongAsItIsTold.class,
                        PollsAsLongAsItIsTold.class,
                        WaitsInOtherWays.class),
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
                HouseRule.ofUses(
                        "L11 threads are made in one place",
                        MAKING_THREADS,
                        LockingRules::mayMakeThreads,
                        MakesThread.class,
                        TakesDefaultThreads.class,
                        AsksExecutors.class,
                        RunsInCommonPool.class,
                        StartsThreadUnseen.class),
                HouseRule.of(
                        "time comes from the clock the host gave",
                        LockingRules::noWallClock,
                        ReadsClock.class,
                        ReadsClockByReference.class),
                HouseRule.of(
                        "the system clock is a default, and nothing else",
                        LockingRules::noSystemClock,
                        TakesSystemClock.class),
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

    private static DescribedPredicate<JavaClass> makeParsers() {
        return DescribedPredicate.describe(
                "make parsers",
                type -> type.getAccessesFromSelf().stream()
                        .anyMatch(access -> access.getName().equals("<init>")
                                && access.getTargetOwner()
                                        .getName()
                                        .matches(".*\\.(Json|Mapping)Factory(Builder)?|.*Mapper")));
    }

    /** Told how long: the timeout of the operation, two seconds, or a bound of close, which are rows of the document. */
    private static DescribedPredicate<JavaAccess<?>> mayWait(String root) {
        Set<String> listed = Set.of(
                "internal.gate.Gate.bounded",
                "http.jdk.JdkServer.close",
                "internal.cache.Flight.await",
                "internal.concurrent.Patience.get",
                "internal.concurrent.Patience.outlasts");
        return DescribedPredicate.describe(
                "listed",
                access -> listed.stream()
                        .anyMatch(each -> access.getOrigin().getFullName().startsWith(root + "." + each + "(")));
    }

    /** The HTTP server makes those that answer its requests: its module does not see what is internal to core. */
    private static DescribedPredicate<JavaAccess<?>> mayMakeThreads(String root) {
        return DescribedPredicate.describe(
                "in DaemonThreads, or those of the HTTP server",
                access -> Set.of(root + ".internal.concurrent.DaemonThreads", root + ".http.jdk.JdkServer")
                        .contains(access.getOriginOwner().getName()));
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
                "in a builder, in KeyId.random, in a constructor that is given no clock or where Spring has none",
                access -> access.getOriginOwner().getSimpleName().endsWith("Builder")
                        || access.getOriginOwner().getName().equals(root + ".spring.ApiKeysActuatorAutoConfiguration")
                        || access.getOrigin().getFullName().equals(root + ".KeyId.random()")
                        || isMadeWithoutClock(root, access));
        return noUse(Uses.of("java.time.Clock", "systemUTC", "systemDefaultZone", "system", "tickMillis", "tickSeconds")
                .or(Uses.of("java.time.InstantSource", "system"))
                .and(DescribedPredicate.not(allowed)));
    }

    /** A store in memory is the database, whose clock is its own; sessions have one that a wither replaces. */
    private static boolean isMadeWithoutClock(String root, JavaAccess<?> access) {
        Set<String> listed =
                Set.of("memory.InMemoryApiKeyStore", "memory.InMemoryTempKeyStore", "http.KeyAdministrators");
        JavaCodeUnit origin = access.getOrigin();
        return origin.isConstructor()
                && origin.getRawParameterTypes().stream().noneMatch(type -> type.isEquivalentTo(InstantSource.class))
                && listed.stream().anyMatch(each -> origin.getOwner().getName().equals(root + "." + each));
    }

    /** Between two attempts at a transaction: bounded by the deadline of the operation, and nothing else to wait on. */
    private static ArchRule noSleep(String root) {
        return noClasses()
                .that()
                .doNotHaveFullyQualifiedName(root + ".jdbc.internal.Connections")
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
                .resideOutsideOfPackage(root + ".jdbc..")
                .should()
                .accessTargetWhere(Uses.of("java.lang.System", "nanoTime").and(call));
    }
}

package lodge.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/**
 * The walls between the modules. The module-info files are the first wall; this is the second, and
 * it also says what no module-info can.
 */
@AnalyzeClasses(packages = "lodge", importOptions = DoNotIncludeTests.class)
class WallsTest {
    @ArchTest
    static final ArchRule everyModuleUsesOnlyWhatItMay =
            layeredArchitecture()
                    .consideringOnlyDependenciesInLayers()
                    .withOptionalLayers(true)
                    .layer("core")
                    .definedBy("lodge.core..")
                    .layer("natives")
                    .definedBy("lodge.natives..")
                    .layer("kvm")
                    .definedBy("lodge.kvm..")
                    .layer("whpx")
                    .definedBy("lodge.whpx..")
                    .layer("interpreter")
                    .definedBy("lodge.interpreter..")
                    .layer("devices")
                    .definedBy("lodge.devices..")
                    .layer("vhd")
                    .definedBy("lodge.vhd..")
                    .layer("machine")
                    .definedBy("lodge.machine..")
                    .layer("launcher")
                    .definedBy("lodge.launcher..")
                    .whereLayer("core")
                    .mayNotAccessAnyLayer()
                    .whereLayer("natives")
                    .mayOnlyAccessLayers("core")
                    .whereLayer("kvm")
                    .mayOnlyAccessLayers("core", "natives")
                    .whereLayer("whpx")
                    .mayOnlyAccessLayers("core", "natives", "interpreter")
                    .whereLayer("interpreter")
                    .mayOnlyAccessLayers("core")
                    .whereLayer("devices")
                    .mayOnlyAccessLayers("core")
                    .whereLayer("vhd")
                    .mayOnlyAccessLayers("core")
                    .whereLayer("machine")
                    .mayOnlyAccessLayers("core", "devices", "vhd")
                    .whereLayer("launcher")
                    .mayOnlyAccessLayers("core", "natives", "machine");

    @ArchTest
    static final ArchRule aDeviceNeverTouchesTheHost =
            noClasses()
                    .that()
                    .resideInAPackage("lodge.devices..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.net..", "java.nio.channels..", "java.nio.file..")
                    .orShould()
                    .dependOnClassesThat()
                    .belongToAnyOf(
                            Thread.class,
                            java.io.File.class,
                            java.io.RandomAccessFile.class,
                            java.lang.foreign.Arena.class,
                            java.lang.foreign.SegmentAllocator.class,
                            java.lang.foreign.Linker.class,
                            java.lang.foreign.SymbolLookup.class,
                            java.lang.foreign.FunctionDescriptor.class)
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(java.util.concurrent.Executor.class)
                    .allowEmptyShould(true);

    @ArchTest
    static final ArchRule coreDoesNoInputOutputAndOwnsNoThread =
            noClasses()
                    .that()
                    .resideInAPackage("lodge.core..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.net..", "java.nio.channels..", "java.nio.file..")
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(java.util.concurrent.Executor.class)
                    .orShould()
                    .callConstructor(Thread.class, Runnable.class);

    @ArchTest
    static final ArchRule onlyTheMachineKnowsABackendAndADevice =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("lodge.machine..", "lodge.tests..")
                    .should(dependOnAPackageOf("lodge.kvm", "lodge.whpx", "lodge.interpreter"))
                    .andShould(dependOnAPackageOf("lodge.devices"));

    /** Several machines share one JVM: whatever changes belongs to one of them. */
    @ArchTest
    static final ArchRule nothingStaticChanges =
            noFields()
                    .that()
                    .areDeclaredInClassesThat()
                    .resideInAPackage("lodge..")
                    .should()
                    .beStatic()
                    .andShould()
                    .notBeFinal();

    private static ArchCondition<JavaClass> dependOnAPackageOf(String... modules) {
        return new ArchCondition<>("depend on " + String.join(" or ", modules)) {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                boolean found =
                        item.getDirectDependenciesFromSelf().stream()
                                .map(dependency -> dependency.getTargetClass().getPackageName())
                                .anyMatch(name -> startsWithOneOf(name, modules));
                events.add(
                        new SimpleConditionEvent(
                                item, found, item.getName() + " " + getDescription()));
            }
        };
    }

    private static boolean startsWithOneOf(String packageName, String... modules) {
        for (String module : modules) {
            if (packageName.equals(module) || packageName.startsWith(module + ".")) {
                return true;
            }
        }
        return false;
    }
}

/** The {@code lodge} command: one class per verb, and the only {@code main}. */
module lodge.launcher {
    requires info.picocli;
    requires lodge.machine;
    requires lodge.natives;
    requires org.slf4j;

    exports lodge.launcher;

    opens lodge.launcher to
            info.picocli;
}

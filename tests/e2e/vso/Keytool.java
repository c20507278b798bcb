// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Base64;

/**
 * keytool in a process that stays: a line of standard input has the arguments
 * of a call, each in base64, and is answered by a line with what keytool
 * printed, in base64. A call that fails ends the process, as keytool ends its
 * own; what it printed then goes to standard error.
 */
class Keytool {
    public static void main(String[] none) throws Exception {
        BufferedReader calls =
            new BufferedReader(new InputStreamReader(System.in));
        PrintStream answers = System.out;
        PrintStream errors = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        /* where keytool asks for something, nobody answers */
        System.setIn(InputStream.nullInputStream());
        System.setOut(new PrintStream(printed, true, "UTF-8"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            System.out.flush();
            errors.print(printed);
        }));
        for (String call; (call = calls.readLine()) != null;) {
            sun.security.tools.keytool.Main.main(
                Arrays.stream(call.split(" ")).map(Keytool::decoded)
                    .toArray(String[]::new));
            System.out.flush();
            answers.println(Base64.getEncoder()
                .encodeToString(printed.toByteArray()));
            printed.reset();
        }
    }

    private static String decoded(String word) {
        return new String(Base64.getDecoder().decode(word),
            java.nio.charset.StandardCharsets.UTF_8);
    }
}

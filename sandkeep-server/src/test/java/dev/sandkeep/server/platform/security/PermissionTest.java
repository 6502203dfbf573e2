package dev.sandkeep.server.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sandkeep.server.platform.errors.SandkeepException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The permission table once more, written by hand: a change of a right has to be made in two places. */
class PermissionTest {
    /** Permission; owner, admin, member; key scopes read, sessions, profiles, admin; only the operating organization. */
    private static final String TABLE = """
            organization.see           o a m   r s p a
            members.see                o a m   r s p a
            profiles.see               o a m   r s p a
            snapshots.see              o a m   r s p a
            sessions.see               o a m   r s p a
            events.see                 o a m   r s p a
            keys.see                   o a m   r s p a
            account.see                o a m   r s p a
            server.see                 o a m   r s p a
            sessions.start             o a m   - s - -
            sessions.use               o a m   - s - -
            sessions.delete            o a m   - s - -
            profiles.edit              o a m   - - p -
            profiles.publish           o a m   - - p -
            profiles.delete            o a m   - - p -
            snapshots.build            o a m   - - p -
            snapshots.keep             o a m   - - p -
            snapshots.prune            o a -   - - p -
            keys.manage                o a m   - - - a
            account.manage             o a m   - - - a
            organization.leave         o a m   - - - a
            settings.manage            o a -   - - - a
            quotas.manage              o a -   - - - a
            members.manage             o a -   - - - a
            owners.manage              o - -   - - - a
            organization.delete        o - -   - - - a
            organization.restore       o a m   - - - a
            keys-of-others.see         o a -   r s p a
            keys-of-others.revoke      o a -   - - - a
            service-accounts.see       o a -   r s p a
            service-accounts.manage    o a -   - - - a
            invitations.see            o a -   r s p a
            audit.see                  o a -   r s p a
            sign-in.restore            o - -   - - - a   server
            organizations.create       o a -   - - - a   server
            metrics.see                o a m   r s p a   server
            server.operate             o a -   - - - a   server
            """;

    private static final List<String> LINES = TABLE.lines().toList();

    @Test
    void every_permission_has_its_line() {
        assertThat(LINES.stream().map(line -> line.substring(0, line.indexOf(' '))))
                .containsExactlyElementsOf(
                        Arrays.stream(Permission.values()).map(Permission::text).toList());
    }

    @TestFactory
    Stream<DynamicTest> every_cell_holds() {
        return Arrays.stream(Permission.values()).flatMap(PermissionTest::cells);
    }

    private static Stream<DynamicTest> cells(Permission permission) {
        String[] line = LINES.get(place(permission)).split(" +", -1);
        boolean server = line.length > 8;
        return Arrays.stream(Role.values())
                .flatMap(role -> Arrays.stream(Scope.values())
                        .flatMap(scope -> Stream.of(true, false).map(operator -> {
                            boolean expected = !line[1 + place(role)].equals("-")
                                    && !line[4 + place(scope)].equals("-")
                                    && (operator || !server);
                            return DynamicTest.dynamicTest(
                                    permission.text() + " " + role.text() + " with " + scope.text()
                                            + (operator ? " in the operating organization" : ""),
                                    () -> assertThat(caller(role, Set.of(scope), operator)
                                                    .may(permission))
                                            .isEqualTo(expected));
                        })));
    }

    private static <E extends Enum<E>> int place(E constant) {
        return Arrays.asList(constant.getDeclaringClass().getEnumConstants()).indexOf(constant);
    }

    @Test
    void the_server_itself_is_granted_nothing_by_the_table() {
        assertThat(Permission.values())
                .noneMatch(permission -> Caller.system("org_1").may(permission));
    }

    @Test
    void a_refusal_says_whether_role_scope_or_organization_is_in_the_way() {
        assertThat(refusal(caller(Role.MEMBER, Scope.ALL, true), Permission.SETTINGS_MANAGE))
                .contains("role 'member'");
        assertThat(refusal(caller(Role.OWNER, Set.of(Scope.READ), true), Permission.SETTINGS_MANAGE))
                .contains("scope 'admin'");
        assertThat(refusal(caller(Role.OWNER, Scope.ALL, false), Permission.SERVER_OPERATE))
                .contains("organization that operates the server");
    }

    private static String refusal(Caller caller, Permission permission) {
        SandkeepException refused = catchThrowableOfType(SandkeepException.class, () -> caller.require(permission));
        assertThat(refused.fields()).containsEntry("permission", permission.text());
        return String.valueOf(refused.getMessage());
    }

    private static Caller caller(Role role, Set<Scope> scopes, boolean operator) {
        return new Caller(
                "org_1", "mbr_1", Optional.of(new Credential("key_1", role, scopes, operator, Optional.empty())), "");
    }
}

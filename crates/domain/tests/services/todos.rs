//! Todos (contract §6): everybody's are their own, whatever the role.

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::Actor;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::TodoId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::testing::samples;
use wiwebb_domain::todo::{Todo, TodoUpdate};

use crate::world::{FORBIDDEN, World, refusal};

fn create(world: &World, actor: &Actor, task: &str) -> Todo {
    block_on(world.services.todos.create(actor, Ok(samples::new_todo(task)))).unwrap()
}

fn listed(world: &World, actor: &Actor) -> Vec<Todo> {
    block_on(world.services.todos.list(actor, Ok(ListRequest::default()))).unwrap().items
}

fn done() -> TodoUpdate {
    TodoUpdate { completed: Some(true), ..TodoUpdate::default() }
}

#[test]
fn a_todo_belongs_to_whoever_creates_it() {
    let world = World::new();
    let admin = world.admin();
    let todo = create(&world, &admin, "call Bob");
    assert_eq!(todo.user_id, admin.user);
    assert_eq!((todo.timestamp, todo.updated), (samples::now(), samples::now()));
    assert_eq!(block_on(world.services.todos.get(&admin, todo.id)).unwrap(), todo);
}

#[test]
fn everybody_lists_their_own_the_newest_first() {
    let world = World::new();
    let home = world.tenant("Home");
    let everybody = [
        world.superadmin(),
        world.admin(),
        world.owner("olga", home),
        world.subscriber("sam", home),
    ];
    for actor in &everybody {
        create(&world, actor, "first");
        world.clock.advance(Duration::seconds(1));
        create(&world, actor, "second");
    }
    for actor in &everybody {
        let todos = listed(&world, actor);
        let tasks: Vec<&str> = todos.iter().map(|todo| todo.task.as_str()).collect();
        assert_eq!(tasks, ["second", "first"]);
        assert!(todos.iter().all(|todo| todo.user_id == actor.user));
    }
}

#[test]
fn somebody_elses_todo_is_refused_to_every_role_and_stays_as_it_is() {
    let world = World::new();
    let home = world.tenant("Home");
    let sam = world.subscriber("sam", home);
    let todo = create(&world, &sam, "mine");
    let todos = &world.services.todos;
    for actor in [
        world.superadmin(),
        world.admin(),
        world.owner("olga", home),
        world.subscriber("sue", home),
    ] {
        assert_eq!(refusal(block_on(todos.get(&actor, todo.id))), FORBIDDEN);
        assert_eq!(refusal(block_on(todos.update(&actor, todo.id, Ok(done())))), FORBIDDEN);
        assert_eq!(refusal(block_on(todos.delete(&actor, todo.id))), FORBIDDEN);
    }
    assert_eq!(block_on(todos.get(&sam, todo.id)).unwrap(), todo);
}

#[test]
fn a_todo_that_does_not_exist_is_not_found() {
    let world = World::new();
    let admin = world.admin();
    let todos = &world.services.todos;
    for id in [TodoId::new(999), TodoId::NOWHERE] {
        assert!(matches!(block_on(todos.get(&admin, id)), Err(Error::NotFound(_))));
        let changed = block_on(todos.update(&admin, id, Ok(done())));
        assert!(matches!(changed, Err(Error::NotFound(_))));
        assert!(matches!(block_on(todos.delete(&admin, id)), Err(Error::NotFound(_))));
    }
}

#[test]
fn a_change_moves_the_instant_and_what_was_sent_and_nothing_else() {
    let world = World::new();
    let admin = world.admin();
    let todo = create(&world, &admin, "call Bob");
    let updated = world.clock.advance(Duration::seconds(1));
    let changed = block_on(world.services.todos.update(&admin, todo.id, Ok(done()))).unwrap();
    assert_eq!(changed, Todo { completed: true, updated, ..todo });
    assert_eq!(listed(&world, &admin), [changed]);
}

#[test]
fn a_todo_is_deleted_once() {
    let world = World::new();
    let admin = world.admin();
    let todo = create(&world, &admin, "call Bob");
    block_on(world.services.todos.delete(&admin, todo.id)).unwrap();
    let again = block_on(world.services.todos.delete(&admin, todo.id));
    assert!(matches!(again, Err(Error::NotFound(_))));
}
